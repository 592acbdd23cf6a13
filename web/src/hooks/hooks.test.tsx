import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FoliosyncProvider, useConnections, useLastSynced, usePortfolio, usePortfolios, useSync } from ".";

type Handler = (path: string, init: RequestInit) => unknown;

/** Answers by path; what is no Response becomes JSON. */
function serve(handler: Handler) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push(`${init.method} ${url}`);
    const answer = await handler(url, init);
    return answer instanceof Response ? answer : Response.json(answer);
  });
  return asked;
}

const wrapper = ({ children }: { children: ReactNode }) => <FoliosyncProvider>{children}</FoliosyncProvider>;

beforeEach(() => localStorage.clear());
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("when anything was last synced: unknown, then never, then a time", async () => {
  let lastSynced: string | null = null;
  serve(() => ({ lastSynced, running: false, connections: 0 }));
  const { result } = renderHook(useLastSynced, { wrapper });
  expect(result.current).toMatchObject({ lastSynced: undefined, isLoading: true });
  await waitFor(() => expect(result.current.lastSynced).toBeNull());
  lastSynced = "2026-11-21T12:00:00Z";
  await act(() => result.current.revalidate());
  await waitFor(() => expect(result.current.lastSynced).toEqual(new Date(lastSynced ?? "")));
});

test("a sync is followed line by line, and what it may have changed is read again", async () => {
  const encoder = new TextEncoder();
  let send: (line: object) => void = () => undefined;
  let end: () => void = () => undefined;
  const asked = serve((path) => {
    if (path !== "/api/sync") return { connections: [] };
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        send = (line) => controller.enqueue(encoder.encode(`${JSON.stringify({ sync: 3, run: null, ...line })}\n`));
        end = () => controller.close();
      },
    });
    return new Response(body, { headers: { "content-location": "/api/sync/3/events" } });
  });
  const { result } = renderHook(() => ({ sync: useSync(), connections: useConnections() }), { wrapper });
  await waitFor(() => expect(result.current.connections.connections).toEqual([]));
  const before = asked.filter((one) => one === "GET /api/connections").length;
  act(() => void result.current.sync.trigger());
  await waitFor(() => expect(asked).toContain("POST /api/sync"));
  expect(result.current.sync).toMatchObject({ isSyncing: true, progress: null });
  await waitFor(() => expect(localStorage.getItem("foliosync.sync")).toBe("3"));
  act(() => send({ type: "start", cursor: 1, total: 120 }));
  act(() => send({ type: "progress", cursor: 2, completed: 45, total: 120, batch: 45, connection: 1, items: [] }));
  await waitFor(() => expect(result.current.sync.progress).toEqual({ completed: 45, total: 120 }));
  act(() => {
    send({ type: "complete", cursor: 3, timestamp: "2026-11-21T12:00:00Z", updated: 120, failed: 0, changed: 9, errors: [] });
    end();
  });
  await waitFor(() => expect(result.current.sync).toMatchObject({ isSyncing: false, result: { updated: 120 } }));
  expect(localStorage.getItem("foliosync.sync")).toBeNull();
  await waitFor(() => expect(asked.filter((one) => one === "GET /api/connections").length).toBeGreaterThan(before));
});

test("another tab's sync is followed", async () => {
  const line = { sync: 5, run: null, cursor: 1, type: "complete", timestamp: "", updated: 2, failed: 0, changed: 0, errors: [] };
  const asked = serve(() => new Response(`${JSON.stringify(line)}\n`));
  const { result } = renderHook(useSync, { wrapper });
  act(() => void dispatchEvent(new StorageEvent("storage", { key: "foliosync.sync", newValue: "5" })));
  await waitFor(() => expect(result.current.result?.updated).toBe(2));
  expect(asked).toEqual(["GET /api/sync/5/events"]);
});

test("what is known stays while the server does not answer", async () => {
  let isThere = true;
  serve(() => {
    if (!isThere) throw new TypeError("network");
    return { connections: [{ id: 1, removedAt: null, status: "CONNECTED" }, { id: 2, removedAt: "2026-01-01T00:00:00Z" }] };
  });
  const { result } = renderHook(() => ({ ...useConnections(), ...useLastSynced() }), { wrapper });
  await waitFor(() => expect(result.current.connections).toHaveLength(1));
  isThere = false;
  await act(() => result.current.revalidate());
  expect(result.current.connections).toHaveLength(1);
});

test("a portfolio is read to its last page", async () => {
  const total = { value: "3.000000000000000001", partial: true };
  const connections = [{ connection: 1, label: "One" }];
  const asked = serve((path) => {
    const isSecond = path.includes("after=a");
    return { total, connections, currency: "EUR", at: "", lines: [{ key: isSecond ? "b" : "a" }], nextAfter: isSecond ? null : "a" };
  });
  const { result } = renderHook(() => ({ one: usePortfolio({ currency: "EUR" }), all: usePortfolios("EUR") }), { wrapper });
  await waitFor(() => expect(result.current.one.portfolio?.lines).toEqual([{ key: "a" }, { key: "b" }]));
  expect(result.current.one.portfolio?.total.value).toBe("3.000000000000000001");
  expect(result.current.all.portfolios).toEqual(connections);
  expect(asked).toEqual([
    "GET /api/portfolio?limit=1000&currency=EUR",
    "GET /api/portfolio?limit=1000&currency=EUR&after=a",
  ]);
});

test("it asks every minute while the tab is seen, and not while it is hidden", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const asked = serve(() => ({ lastSynced: null, running: false, connections: 0 }));
  const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
  renderHook(useLastSynced, { wrapper });
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(2);
  hidden.mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(180_000);
  expect(asked).toHaveLength(2);
  hidden.mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toHaveLength(3);
});
