import { takeEarly } from "./early";
import { lines } from "@/lib/ndjson";

/** What the server refused, or what failed there. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
    /** How long it asks us to wait. */
    readonly retryAfterSecs: number | null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** No answer came: the server is not there, or the network is not. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("the server does not answer", { cause });
    this.name = "Unreachable";
  }
}

/** The server says something every ten seconds. */
const SILENCE_MILLIS = 30_000;

export interface ClientOptions {
  /** Where foliosync answers; empty for the origin of the page. */
  baseUrl?: string;
  /** A bearer token, for apps that have no session. */
  token?: string;
  /** Told of every answer, and of every request that got none. */
  onReach?: (reached: boolean) => void;
}

export interface Told<T> {
  /** Where to go on after a break. */
  place: string | null;
  lines: AsyncGenerator<T>;
}

export interface Client {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T>;
  /** An answer that comes line by line. */
  tell<T>(method: "GET" | "POST", path: string, body?: unknown, signal?: AbortSignal): Promise<Told<T>>;
}

export function createClient({ baseUrl = "", token, onReach }: ClientOptions = {}): Client {
  async function ask(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["content-type"] = "application/json";
    if (token) headers.authorization = `Bearer ${token}`;
    let answer: Response;
    try {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const early = method === "GET" && !baseUrl && !token ? takeEarly(path) : undefined;
      answer = await (early ?? fetch(baseUrl + path, { method, headers, body: text, signal, credentials: "same-origin" }));
    } catch (error) {
      if (signal?.aborted) throw error;
      onReach?.(false);
      throw new Unreachable(error);
    }
    // What stands between us and the server answers so when the server is gone.
    const isGateway = [502, 503, 504].includes(answer.status) && !isJson(answer);
    onReach?.(!isGateway);
    if (isGateway) throw new Unreachable(answer.status);
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  return {
    async get(path, signal) {
      return (await ask("GET", path, undefined, signal)).json();
    },
    async send<T>(method: string, path: string, body?: unknown) {
      const answer = await ask(method, path, body);
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    },
    async tell(method, path, body, signal) {
      const answer = await ask(method, path, body, signal);
      return { place: answer.headers.get("content-location"), lines: lines(answer.body, SILENCE_MILLIS) };
    },
  };
}

function isJson(answer: Response): boolean {
  return answer.headers.get("content-type")?.includes("json") ?? false;
}

async function refusal(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => null);
  const said = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const text = (key: string) => (typeof said[key] === "string" ? said[key] : "");
  const wait = Number(answer.headers.get("retry-after"));
  return new ApiError(
    answer.status,
    text("code") || String(answer.status),
    text("message") || `${answer.status} ${answer.statusText}`,
    text("hint"),
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}
