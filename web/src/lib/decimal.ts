// Amounts are decimal texts. They are compared, added and shown digit by digit; only charts turn them into numbers.

const SHAPE = /^([+-]?)(\d+)(?:\.(\d+))?$/;

interface Parts {
  units: bigint;
  /** Digits after the point that `units` holds. */
  scale: number;
}

export function isDecimal(text: unknown): text is string {
  return typeof text === "string" && SHAPE.test(text);
}

function parse(text: string): Parts {
  const found = SHAPE.exec(text);
  if (!found) throw new Error(`not a decimal: ${text}`);
  const [, sign, whole = "0", fraction = ""] = found;
  const units = BigInt(whole + fraction);
  return { units: sign === "-" ? -units : units, scale: fraction.length };
}

function unitsAt({ units, scale }: Parts, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}

function write(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return (units < 0n ? "-" : "") + whole + (fraction && `.${fraction}`);
}

export function add(a: string, b: string): string {
  const [x, y] = [parse(a), parse(b)];
  const scale = Math.max(x.scale, y.scale);
  return write(unitsAt(x, scale) + unitsAt(y, scale), scale);
}

export function negate(a: string): string {
  const { units, scale } = parse(a);
  return write(-units, scale);
}

export function subtract(a: string, b: string): string {
  return add(a, negate(b));
}

export function sum(all: Iterable<string>): string {
  let total = "0";
  for (const one of all) total = add(total, one);
  return total;
}

export function compare(a: string, b: string): number {
  const difference = subtract(a, b);
  return difference === "0" ? 0 : difference.startsWith("-") ? -1 : 1;
}

export function sign(a: string): -1 | 0 | 1 {
  const { units } = parse(a);
  return units === 0n ? 0 : units < 0n ? -1 : 1;
}

/** Digits kept of a quotient. */
const QUOTIENT_SCALE = 8;

/** `a / b`, cut after eight digits; null where `b` is nothing. */
export function divide(a: string, b: string): string | null {
  const [x, y] = [parse(a), parse(b)];
  if (y.units === 0n) return null;
  const scale = Math.max(x.scale, y.scale);
  return write((unitsAt(x, scale) * 10n ** BigInt(QUOTIENT_SCALE)) / unitsAt(y, scale), QUOTIENT_SCALE);
}

/** `a` changed by this part of what it was before: `0.05` is five percent more. */
export function growth(now: string, before: string): string | null {
  const parts = parse(before);
  return divide(subtract(now, before), write(parts.units < 0n ? -parts.units : parts.units, parts.scale));
}

/** For charts and widths, never for an amount that is shown. */
export function toNumber(a: string): number {
  return Number(a);
}
