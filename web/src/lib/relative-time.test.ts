import { expect, test } from "vitest";
import { age, ahead } from "./relative-time";

const now = Date.parse("2026-11-21T12:00:00Z");
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

test.each([
  [-7200, { unit: "now" }],
  [0, { unit: "now" }],
  [59, { unit: "now" }],
  [60, { unit: "minutes", count: 1 }],
  [300, { unit: "minutes", count: 5 }],
  [3599, { unit: "minutes", count: 59 }],
  [3600, { unit: "hours", count: 1 }],
  [86_399, { unit: "hours", count: 23 }],
  [86_400, { unit: "days", count: 1 }],
  [40 * 86_400, { unit: "days", count: 40 }],
])("%i seconds ago", (seconds, want) => {
  expect(age(before(seconds), now)).toEqual(want);
});

test.each([
  [-1, { unit: "now" }],
  [1, { unit: "minutes", count: 1 }],
  [90, { unit: "minutes", count: 1 }],
  [7200, { unit: "hours", count: 2 }],
])("in %i seconds", (seconds, want) => {
  expect(ahead(before(-seconds), now)).toEqual(want);
});
