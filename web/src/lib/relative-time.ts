export type Age =
  | { unit: "now" }
  | { unit: "minutes" | "hours" | "days"; count: number };

const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 60 * MINUTE_MILLIS;
const DAY_MILLIS = 24 * HOUR_MILLIS;

/** How long ago that was. What lies ahead, because two clocks differ, was just now. */
export function age(at: string | number, now: number): Age {
  const passed = now - (typeof at === "number" ? at : Date.parse(at));
  return passed < MINUTE_MILLIS ? { unit: "now" } : span(passed);
}

/** How long until then; the smallest step is a minute. */
export function ahead(at: string | number, now: number): Age {
  const left = (typeof at === "number" ? at : Date.parse(at)) - now;
  return left <= 0 ? { unit: "now" } : span(Math.max(left, MINUTE_MILLIS));
}

function span(millis: number): Age {
  if (millis < HOUR_MILLIS) return { unit: "minutes", count: Math.floor(millis / MINUTE_MILLIS) };
  if (millis < DAY_MILLIS) return { unit: "hours", count: Math.floor(millis / HOUR_MILLIS) };
  return { unit: "days", count: Math.floor(millis / DAY_MILLIS) };
}
