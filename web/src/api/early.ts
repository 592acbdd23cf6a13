interface Early {
  at: number;
  answers: Map<string, Promise<Response>>;
}

declare global {
  interface Window {
    /** What `early.js` asked for before this code was here. */
    foliosyncEarly?: Early;
  }
}

/** An answer of before is not what somebody asks for who comes later. */
const KEPT_MILLIS = 10_000;

/** The answer to a request that is already on its way, for the first who asks. */
export function takeEarly(url: string): Promise<Response> | undefined {
  const early = typeof window === "undefined" ? undefined : window.foliosyncEarly;
  const answer = early?.answers.get(url);
  early?.answers.delete(url);
  return early && Date.now() - early.at < KEPT_MILLIS ? answer : undefined;
}
