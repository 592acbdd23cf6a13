import { expect, test, vi } from "vitest";
import { ApiError, Unreachable, type Client, type Told } from "@/api/client";
import type { SyncLine } from "@/api/types";
import { createSyncStore, SyncFailed, type SyncState } from "./sync-store";

const at = { sync: 7, run: null };
const start = { ...at, cursor: 10, type: "start", total: 3 } as const;
const progress = (completed: number): SyncLine => ({
  ...at,
  cursor: 10 + completed,
  type: "progress",
  completed,
  total: 3,
  batch: 1,
  connection: 1,
  items: [],
});
const complete = {
  ...at,
  cursor: 20,
  type: "complete",
  timestamp: "2026-11-21T12:00:00Z",
  updated: 3,
  failed: 0,
  changed: 1,
  errors: [],
} as const;

type Answer = Error | { place: string | null; lines: readonly (SyncLine | Error)[] };

/** Answers in turn; an error among the lines breaks the answer there. */
function scripted(answers: readonly Answer[]) {
  const asked: string[] = [];
  const rest = [...answers];
  const tell = (method: string, path: string): Promise<Told<SyncLine>> => {
    asked.push(`${method} ${path}`);
    const answer = rest.shift() ?? new Error("nothing more was expected");
    if (answer instanceof Error) return Promise.reject(answer);
    async function* lines() {
      for (const line of answer instanceof Error ? [] : answer.lines) {
        await Promise.resolve();
        if (line instanceof Error) throw line;
        yield line;
      }
    }
    return Promise.resolve({ place: answer.place, lines: lines() });
  };
  return { client: { tell } as unknown as Client, asked };
}

async function play(answers: readonly Answer[]) {
  const { client, asked } = scripted(answers);
  const [share, onEnd, waits] = [vi.fn(), vi.fn(), [] as number[]];
  const wait = (millis: number) => Promise.resolve(void waits.push(millis));
  const store = createSyncStore(client, { share, onEnd, wait });
  const seen: SyncState[] = [];
  store.subscribe(() => seen.push(store.get()));
  await store.trigger();
  return { store, seen, asked, share, onEnd, waits };
}

const PLACE = "/api/sync/7/events";

test("progress moves with the lines, and the result stays", async () => {
  const lines = [start, progress(1), progress(2), progress(3), complete];
  const { store, seen, share, onEnd } = await play([{ place: PLACE, lines }]);
  const completed = seen.map((state) => state.progress?.completed ?? null);
  expect(completed).toEqual([null, 0, 1, 2, 3, 3, null]);
  expect(store.get()).toMatchObject({ isSyncing: false, progress: null, error: null, result: { updated: 3 } });
  expect(share.mock.calls).toEqual([[7], [null]]);
  expect(onEnd).toHaveBeenCalledOnce();
});

test("a lost connection is taken up behind the last line", async () => {
  const { store, asked, waits } = await play([
    { place: PLACE, lines: [start, progress(1), new TypeError("network")] },
    new Unreachable("gone"),
    { place: null, lines: [progress(2)] },
    { place: null, lines: [progress(3), complete] },
  ]);
  expect(asked).toEqual([
    "POST /api/sync",
    "GET /api/sync/7/events?after=11",
    "GET /api/sync/7/events?after=11",
    "GET /api/sync/7/events?after=12",
  ]);
  expect(waits).toEqual([500, 1000, 500]);
  expect(store.get().result?.updated).toBe(3);
});

test("an answer that breaks before its first line is taken up from its beginning", async () => {
  const { asked, store } = await play([
    { place: PLACE, lines: [] },
    { place: null, lines: [start, complete] },
  ]);
  expect(asked).toEqual(["POST /api/sync", "GET /api/sync/7/events"]);
  expect(store.get().error).toBeNull();
});

test.each([
  ["what was never answered is not asked again", [new Unreachable("gone")], Unreachable],
  ["what the server refuses is told", [new ApiError(429, "too_soon", "wait", "", 42)], ApiError],
  [
    "a sync that ends with an error is not taken up again",
    [{ place: PLACE, lines: [start, { ...at, cursor: 12, type: "error", message: "full" } as const] }],
    SyncFailed,
  ],
] satisfies [string, Answer[], unknown][])("%s", async (_, answers, kind) => {
  const { store, asked } = await play(answers);
  expect(store.get().error).toBeInstanceOf(kind);
  expect(store.get().isSyncing).toBe(false);
  expect(asked).toHaveLength(1);
});

test("while one sync is followed, no other is asked for", async () => {
  const { client, asked } = scripted([{ place: PLACE, lines: [start, complete] }]);
  const none = () => undefined;
  const store = createSyncStore(client, { share: none, onEnd: none, wait: () => Promise.resolve() });
  await Promise.all([store.trigger(), store.trigger(), store.follow(7)]);
  expect(asked).toEqual(["POST /api/sync"]);
});
