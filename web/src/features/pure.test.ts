import { expect, test } from "vitest";
import { intervals } from "./connections/interval";
import { missing, split } from "./connections/fields";
import { allocate } from "./portfolio/allocation";
import { sinceLastDay } from "./portfolio/days";
import { within } from "./prices/history";
import { chartOf } from "./query/chart";
import { lacking, lastOfEach } from "./runs/events";
import { isWanted } from "./runs/runs";
import type { Answer, Bar, Connection, HoldingLine, PortfolioDay, Provider, Run, RunEvent } from "@/api/types";
import { sorted } from "@/components/ui/sorting";
import { compare } from "@/lib/decimal";
import { byRole } from "@/lib/roles";

const line = (asset: string, value: string | null) => ({ asset, value }) as HoldingLine;

test("shares are of what is worth something", () => {
  const lines = [line("a", "75"), line("b", "20"), line("b", "5"), line("owed", "-10"), line("unpriced", null)];
  const { shares, hasNegative, total } = allocate(lines, (one) => one.asset);
  expect(shares.map(({ name, part }) => [name, part])).toEqual([
    ["a", "0.75"],
    ["b", "0.25"],
  ]);
  expect([hasNegative, total]).toEqual([true, "100"]);
});

test("small shares are one", () => {
  const lines = Array.from({ length: 12 }, (_, nth) => line(`asset ${nth}`, "1"));
  const { shares } = allocate(lines, (one) => one.asset);
  expect(shares).toHaveLength(7);
  expect(shares.at(-1)).toMatchObject({ name: null, value: "6", part: "0.5" });
});

test("the change is since the last day before today, in the same currency", () => {
  const day = (date: string, value: string | null, currency = "USD", unpriced = 0) =>
    ({ date, value, currency, unpriced }) as PortfolioDay;
  const total = { value: "100", unpriced: 0 };
  const days = [day("2026-11-18", "80"), day("2026-11-19", "90", "EUR"), day("2026-11-20", null), day("2026-11-21", "99")];
  expect(sinceLastDay(days, total, "USD", "2026-11-21")).toEqual({ date: "2026-11-18", amount: "20", part: "0.25" });
  expect(sinceLastDay(days, total, "CHF", "2026-11-21")).toBeNull();
  expect(sinceLastDay([], total, "USD", "2026-11-21")).toBeNull();
  // What has no price is no loss.
  expect(sinceLastDay(days, { ...total, unpriced: 1 }, "USD", "2026-11-21")).toBeNull();
  expect(sinceLastDay([day("2026-11-20", "50", "USD", 3)], total, "USD", "2026-11-21")).toBeNull();
});

test("what is absent is sorted last, both ways", () => {
  const rows = ["2", null, "10", "1"];
  const by = (isDescending: boolean) => sorted(rows, (row) => row, compare, isDescending);
  expect(by(false)).toEqual(["1", "2", "10", null]);
  expect(by(true)).toEqual(["10", "2", "1", null]);
});

const provider = {
  interval: { min_secs: 300, default_secs: 900, max_secs: 3600 },
  settings: [
    { key: "key", kind: "secret", required: true },
    { key: "plan", kind: { choice: ["a"] }, required: false },
  ],
} as unknown as Provider;

test("intervals keep to the provider's bounds, and to what is set", () => {
  expect(intervals(provider, 7)).toEqual([5, 7, 10, 15, 30, 60]);
});

test("secrets go one way, settings the other", () => {
  expect(split(provider, { key: " s ", plan: "a", other: "x" })).toEqual({ settings: { plan: "a" }, credentials: { key: "s" } });
  expect(missing(provider, { key: " " })).toEqual(["key"]);
  expect(missing(provider, {}, { credentials: { key: { set: true } } } as unknown as Connection)).toEqual([]);
});

test("months are counted back from the last bar", () => {
  const bars = ["2026-05-20", "2026-05-21", "2026-10-21", "2026-11-21"].map((date) => ({ date }) as Bar);
  const dates = (range: "1m" | "6m" | "all") => within(bars, range).map((bar) => bar.date);
  expect(dates("1m")).toEqual(["2026-10-21", "2026-11-21"]);
  expect(dates("6m")).toEqual(["2026-05-21", "2026-10-21", "2026-11-21"]);
  expect(dates("all")).toHaveLength(4);
});

test("an item that came later lacks nothing any more", () => {
  const page = (status: string, item: string) =>
    ({ type: "page", stream: "quotes", items: [{ item, status, detail: "why" }] }) as unknown as RunEvent;
  const events = [page("missing", "A"), page("rejected", "B"), page("updated", "A")];
  expect(lacking(events)).toEqual([{ item: "B", status: "rejected", detail: "why", stream: "quotes" }]);
  expect(lastOfEach(events).map(({ item, status }) => [item, status])).toEqual([
    ["A", "updated"],
    ["B", "rejected"],
  ]);
});

const connections = [
  { id: 1, role: "source" },
  { id: 2, role: "mirror" },
] as Connection[];

test("what is read and what is copied are told apart", () => {
  const { sources, mirrors } = byRole(connections);
  expect([sources, mirrors].map((all) => all.map((one) => one.id))).toEqual([[1], [2]]);
});

test("runs are of sources, of mirrors, or of one; those of removed connections count as read", () => {
  const runs = [1, 2, 9].map((connectionId) => ({ connectionId, outcome: "ok", trigger: "schedule" }) as Run);
  const wanted = (connection: string, outcome = "") =>
    runs.filter((run) => isWanted(run, { connection, outcome, trigger: "" }, connections)).map((run) => run.connectionId);
  expect(wanted("")).toEqual([1, 2, 9]);
  expect(wanted("sources")).toEqual([1, 9]);
  expect(wanted("mirrors")).toEqual([2]);
  expect(wanted("mirrors", "failed")).toEqual([]);
  // The server has sorted out the others already.
  expect(wanted("1")).toEqual([1, 2, 9]);
});

const answer = (types: readonly string[], rows: readonly (readonly unknown[])[]) =>
  ({ columns: types.map((type, nth) => ({ name: `c${nth}`, type })), rows, truncated: null }) as unknown as Answer;

test("an answer is drawn over dates, else by names", () => {
  const days = answer(["date", "decimal(38,18)"], [["2026-01-02", "2.5"], ["2026-01-01", "1"], ["2026-01-03", null]]);
  expect(chartOf(days)).toMatchObject({ kind: "days", points: [{ value: 1 }, { value: 2.5 }] });
  const names = answer(["text", "date", "integer"], [["a", "2026-01-01", 1], ["b", "2026-01-01", 2]]);
  expect(chartOf(names)).toMatchObject({ kind: "bars", bars: [{ label: "a", value: 1 }, { label: "b", value: 2 }] });
  expect(chartOf(answer(["text"], [["a"]]))).toBeNull();
  expect(chartOf(answer(["integer"], [[1]]))).toBeNull();
});
