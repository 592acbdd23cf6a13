// A mirror as the API tells of one, for pages of a program that has nothing to copy into. Everything else is its own.
const NOCODB = {
  id: "nocodb",
  name: "NocoDB",
  summary: "Keeps tables of a NocoDB base equal to yours, and prices the symbols that you add there",
  role: "mirror",
  experimental: false,
  settings: [
    { key: "url", label: "Address", help: "Where NocoDB answers", kind: "text", required: true },
    { key: "base", label: "Base", help: "Its title, or its id, which begins with p", kind: "text", required: true },
    { key: "tables", label: "Tables", help: "Names with commas between them", kind: "text", required: false },
    { key: "decimals", label: "Decimals", help: "number or text", kind: { choice: ["number", "text"] }, required: false },
    { key: "token", label: "API token", help: "Of somebody who may edit the base", kind: "secret", required: true },
  ],
  hosts: [],
  streams: [{ name: "rows", summary: "Rows that were committed since", cadence: "interval" }],
  interval: { min_secs: 60, default_secs: 60, max_secs: 86_400 },
  item_noun: "table",
};

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

const run = (id, connectionId, more = {}) => ({
  id,
  connectionId,
  trigger: "schedule",
  startedAt: ago(130),
  finishedAt: ago(121),
  durationMs: 8400,
  outcome: "ok",
  error: null,
  expected: 3,
  updated: 2,
  unchanged: 1,
  missing: 0,
  rejected: 0,
  deferred: 0,
  rowsWritten: 15,
  pages: 1,
  tradesImported: 0,
  tradesSkipped: 0,
  ...more,
});

const stream = (connectionId, more = {}) => ({
  connectionId,
  name: "rows",
  watermark: null,
  nextDue: ago(-180),
  dueTrigger: "schedule",
  dueOptions: {},
  failures: 0,
  outcome: "ok",
  error: null,
  lastAttempt: ago(121),
  lastSuccess: ago(121),
  asOf: null,
  ...more,
});

const mirror = (id, label, more = {}) => ({
  id,
  provider: "nocodb",
  role: "mirror",
  label,
  settings: { url: "http://127.0.0.1:8080", base: "Portfolio" },
  owner: null,
  syncEnabled: true,
  intervalSecs: 300,
  syncIntervalMin: 5,
  createdAt: ago(90_000),
  removedAt: null,
  status: "CONNECTED",
  freshness: "fresh",
  lastSyncAt: ago(121),
  lastAttemptAt: ago(121),
  lastSyncError: null,
  nextAttemptAt: ago(-180),
  lastRun: run(id * 100, id),
  streams: [stream(id)],
  gaps: [],
  credentials: { token: { set: true, setAt: ago(90_000) } },
  ...more,
});

const away = "127.0.0.1 could not be reached: the connection was refused";

const copied = mirror(91, "NocoDB");
const failed = mirror(92, "NocoDB of the office", {
  status: "ERROR",
  lastSyncError: away,
  nextAttemptAt: ago(-1500),
  lastSyncAt: ago(7500),
  lastRun: run(9200, 92, { outcome: "failed", error: away, updated: 0, unchanged: 0, rowsWritten: 0, durationMs: 12, startedAt: ago(95), finishedAt: ago(95) }),
  streams: [stream(92, { failures: 4, outcome: "failed", error: away, lastSuccess: ago(7500) })],
});

const ITEMS = [
  { item: "symbols", status: "updated", detail: "3 added; 2 changed; 1 deleted" },
  { item: "price_history", status: "updated", detail: "4120 added" },
  { item: "settings", status: "unchanged", detail: null },
  { item: "crypto:BTC", status: "updated", detail: "added in NocoDB, and priced from now on" },
];

const event = (cursor, of, more) => ({ cursor, run: of.id, connection: of.connectionId, at: of.finishedAt, ...more });
const events = (of) => [
  event(1, of, { type: "started", trigger: of.trigger, streams: ["rows"] }),
  ...(of.error ? [] : [event(2, of, { type: "page", stream: "rows", page: 1, rows_written: of.rowsWritten, items: ITEMS })]),
  event(3, of, { type: "stream_ended", stream: "rows", outcome: of.outcome, error: of.error, next_due: ago(-180) }),
  event(4, of, { type: "finished", outcome: of.outcome }),
];

/** Answers about mirrors on this page; `there` are those that it has. */
export async function withMirrors(page, there = [copied, failed]) {
  const runs = there.map((one) => one.lastRun);
  const add = (path, key, more) =>
    page.route(path, async (route) => {
      if (route.request().method() !== "GET") return route.fallback();
      const answer = await (await route.fetch()).json();
      const own = answer[key].filter((one) => one.role !== "mirror");
      return route.fulfill({ json: { ...answer, [key]: more(own) } });
    });
  await add("**/api/providers", "providers", (own) => [...own, NOCODB]);
  await add("**/api/connections", "connections", (own) => [...own, ...there]);
  await add(/\/api\/runs\?(?!.*connection=)/, "runs", (own) =>
    [...runs, ...own].toSorted((a, b) => b.startedAt.localeCompare(a.startedAt)),
  );
  for (const one of runs) {
    await page.route(new RegExp(`/api/runs\\?.*connection=${one.connectionId}(&|$)`), (route) => route.fulfill({ json: { runs: [one] } }));
    await page.route(`**/api/runs/${one.id}`, (route) => route.fulfill({ json: one }));
    await page.route(`**/api/runs/${one.id}/events?*`, (route) => {
      const after = Number(new URL(route.request().url()).searchParams.get("after"));
      const rest = events(one).filter(({ cursor }) => cursor > after);
      return route.fulfill({ json: { events: rest, cursor: rest.at(-1)?.cursor ?? after } });
    });
  }
}

export const MIRRORS = { copied, failed };
