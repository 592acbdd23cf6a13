import type { Answer } from "@/api/types";

export type AnswerChart =
  | { kind: "days"; name: string; points: { time: string; value: number }[] }
  | { kind: "bars"; name: string; bars: { label: string; text: string; value: number }[] };

const NUMBERS = /^(integer|decimal|float)/;
const BARS_MAX = 40;

/** A line over dates, else bars by name; null where the answer has neither with a number. */
export function chartOf({ columns, rows }: Answer): AnswerChart | null {
  const table = rows as readonly (readonly unknown[])[];
  const value = columns.findIndex((column) => NUMBERS.test(column.type) && !/(^|_)id$/.test(column.name));
  const date = columns.findIndex((column) => column.type === "date" || column.type === "instant");
  const label = columns.findIndex((column) => column.type === "text");
  if (value < 0 || table.length === 0) return null;
  const name = columns[value]?.name ?? "";
  const known = table.filter((row) => row[value] !== null);
  const isOncePerDay = () => new Set(known.map((row) => dayOf(row[date]))).size === known.length;
  if (date >= 0 && (label < 0 || isOncePerDay())) {
    // The last value of a day stands for it.
    const byDay = new Map(known.map((row) => [dayOf(row[date]), Number(row[value])]));
    const points = [...byDay].map(([time, number]) => ({ time, value: number }));
    return { kind: "days", name, points: points.sort((a, b) => (a.time < b.time ? -1 : 1)) };
  }
  if (label < 0) return null;
  const bars = known.slice(0, BARS_MAX).map((row) => ({
    label: String(row[label]),
    text: String(row[value]),
    value: Number(row[value]),
  }));
  return { kind: "bars", name, bars };
}

function dayOf(value: unknown): string {
  return String(value).slice(0, 10);
}
