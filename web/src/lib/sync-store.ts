import { ApiError, Unreachable, type Client, type Told } from "@/api/client";
import type { SyncLine } from "@/api/types";

export interface SyncProgress {
  completed: number;
  total: number;
}

export interface SyncResult {
  timestamp: string;
  updated: number;
  failed: number;
  changed: number;
  errors: readonly { connection: number; message: string }[];
}

export interface SyncState {
  isSyncing: boolean;
  /** Null until the server has said how much there is to do. */
  progress: SyncProgress | null;
  /** Of the last sync that ended. */
  result: SyncResult | null;
  error: Error | null;
}

export interface SyncAsk {
  connections?: readonly number[];
  streams?: readonly string[];
}

export interface SyncStore {
  get(): SyncState;
  subscribe(listener: () => void): () => void;
  /** Asks for a sync and follows it to its end. While one is followed, another is not asked for. */
  trigger(ask?: SyncAsk): Promise<void>;
  /** Follows a sync that somebody else asked for. */
  follow(sync: number): Promise<void>;
}

export interface Surroundings {
  /** Other tabs learn here of a sync that goes on, and so does this page after a reload. */
  share: (sync: number | null) => void;
  onEnd: (state: SyncState) => void;
  wait: (millis: number) => Promise<void>;
}

const WAITS_MILLIS = [500, 1000, 2000, 4000, 8000];

export function createSyncStore(
  client: Client,
  { share, onEnd, wait }: Surroundings,
  path = "/api/sync",
): SyncStore {
  let state: SyncState = { isSyncing: false, progress: null, result: null, error: null };
  const listeners = new Set<() => void>();
  const set = (change: Partial<SyncState>) => {
    state = { ...state, ...change };
    listeners.forEach((listener) => listener());
  };

  async function run(begin: () => Promise<Told<SyncLine>>, known: number | null) {
    if (state.isSyncing) return;
    set({ isSyncing: true, progress: null, error: null });
    try {
      set({ result: await toTheEnd(begin, known) });
    } catch (error) {
      set({ error: error instanceof Error ? error : new Error(String(error)) });
    } finally {
      share(null);
      set({ isSyncing: false, progress: null });
      onEnd(state);
    }
  }

  /** The work goes on while nobody listens, so a lost connection is taken up where it broke. */
  async function toTheEnd(begin: () => Promise<Told<SyncLine>>, known: number | null): Promise<SyncResult> {
    let sync = known;
    let cursor: number | null = null;
    let breaks = 0;
    let ask = begin;
    for (;;) {
      try {
        const told = await ask();
        sync ??= syncOf(told.place);
        if (sync !== null) share(sync);
        for await (const line of told.lines) {
          breaks = 0;
          [sync, cursor] = [line.sync, line.cursor];
          if (line.type === "start") set({ progress: { completed: 0, total: line.total } });
          if (line.type === "progress") set({ progress: { completed: line.completed, total: line.total } });
          if (line.type === "complete") return line;
          if (line.type === "error") throw new SyncFailed(line.message);
        }
      } catch (error) {
        // Nobody knows whether a request that got no answer was heard; what the server refused it would refuse again.
        if (error instanceof SyncFailed || error instanceof ApiError || sync === null) throw error;
      }
      if (sync === null) throw new Unreachable("the answer was empty");
      await wait(WAITS_MILLIS[Math.min(breaks++, WAITS_MILLIS.length - 1)] ?? 0);
      const rest: string = `/api/sync/${sync}/events${cursor === null ? "" : `?after=${cursor}`}`;
      ask = () => client.tell<SyncLine>("GET", rest);
    }
  }

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    trigger: (ask = {}) => run(() => client.tell<SyncLine>("POST", path, ask), null),
    follow: (sync) => run(() => client.tell<SyncLine>("GET", `/api/sync/${sync}/events`), sync),
  };
}

/** The sync itself ended so; it is not to be taken up again. */
export class SyncFailed extends Error {
  override name = "SyncFailed";
}

function syncOf(place: string | null): number | null {
  const found = /\/api\/sync\/(\d+)\//.exec(place ?? "");
  return found ? Number(found[1]) : null;
}
