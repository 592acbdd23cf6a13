import type { HoldingLine } from "@/api/types";
import { add, compare, divide, sign, sum, toNumber } from "@/lib/decimal";

export type AllocationBy = "class" | "asset" | "connection";

export interface Share {
  /** Null: all the smaller ones together. */
  name: string | null;
  value: string;
  part: string;
  /** For its width only. */
  width: number;
}

const SHOWN_MAX = 7;

/** Shares of what is worth something; what is owed has no share. */
export function allocate(lines: readonly HoldingLine[], nameOf: (line: HoldingLine) => string) {
  const values = new Map<string, string>();
  let hasNegative = false;
  for (const line of lines) {
    if (line.value === null) continue;
    hasNegative ||= sign(line.value) < 0;
    const name = nameOf(line);
    values.set(name, add(values.get(name) ?? "0", line.value));
  }
  const positive = [...values].filter(([, value]) => sign(value) > 0).sort(([, a], [, b]) => compare(b, a));
  const total = sum(positive.map(([, value]) => value));
  const many = positive.length > SHOWN_MAX;
  const [first, rest] = many ? [positive.slice(0, SHOWN_MAX - 1), positive.slice(SHOWN_MAX - 1)] : [positive, []];
  const share = (name: string | null, value: string): Share => {
    const part = divide(value, total) ?? "0";
    return { name, value, part, width: toNumber(part) * 100 };
  };
  const shares = first.map(([name, value]) => share(name, value));
  if (rest.length > 0) shares.push(share(null, sum(rest.map(([, value]) => value))));
  return { shares, total, hasNegative };
}
