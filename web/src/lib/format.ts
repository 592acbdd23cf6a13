import { isDecimal, sign } from "./decimal";

// Since ES2023 a text is formatted exactly, all its digits; TypeScript wants it to look like a number.
type Numeric = Intl.StringNumericLiteral;

const made = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let format = made.get(key);
  if (!format) made.set(key, (format = new Intl.NumberFormat(locale, options)));
  return format;
}

const dates = new Map<string, Intl.DateTimeFormat>();

/** Made once for each form, since making one takes longer than all that it then formats on a page. */
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = dates.get(key);
  if (!format) dates.set(key, (format = new Intl.DateTimeFormat(locale, options)));
  return format;
}

export const ABSENT = "–";

/** An amount of money, to the cent; what is smaller than a cent keeps two digits that say something. */
export function money(amount: string | null | undefined, currency: string | null | undefined, locale: string): string {
  if (!isDecimal(amount)) return ABSENT;
  const digits = fractionOfPrice(amount, 2);
  if (!currency || !/^[A-Z]{3}$/.test(currency)) {
    return `${decimal(amount, locale, digits, 2)}${currency ? ` ${currency}` : ""}`;
  }
  const options = { style: "currency", currency, minimumFractionDigits: 2 } as const;
  return numberFormat(locale, { ...options, maximumFractionDigits: digits }).format(amount as Numeric);
}

/** A change of money, with its sign. */
export function change(amount: string | null | undefined, currency: string | null | undefined, locale: string): string {
  if (!isDecimal(amount)) return ABSENT;
  const text = money(amount, currency, locale);
  return sign(amount) > 0 ? `+${text}` : text;
}

/** A quantity with the digits it has, eighteen at most. */
export function decimal(
  amount: string | null | undefined,
  locale: string,
  digitsMax = 18,
  digitsMin = 0,
): string {
  if (!isDecimal(amount)) return ABSENT;
  const options = { minimumFractionDigits: digitsMin, maximumFractionDigits: Math.max(digitsMin, digitsMax) };
  return numberFormat(locale, options).format(amount as Numeric);
}

/** `0.0123` as 1.23 %, with its sign unless it is a share of something. */
export function percent(part: string | null | undefined, locale: string, isSigned = true): string {
  if (!isDecimal(part)) return ABSENT;
  const signDisplay = isSigned ? "exceptZero" : "auto";
  const digits = { minimumFractionDigits: isSigned ? 2 : 1, maximumFractionDigits: isSigned ? 2 : 1 };
  return numberFormat(locale, { style: "percent", signDisplay, ...digits }).format(part as Numeric);
}

/** `1.18` as 1.18 %, as sources give changes. */
export function percentPoints(points: string | null | undefined, locale: string): string {
  if (!isDecimal(points)) return ABSENT;
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const options = { style: "unit", unit: "percent", signDisplay: "exceptZero", ...digits } as const;
  return numberFormat(locale, options).format(points as Numeric);
}

export function count(number: number, locale: string): string {
  return numberFormat(locale, {}).format(number);
}

function fractionOfPrice(amount: string, usual: number): number {
  const found = /^[+-]?0*\.(0*)[1-9]/.exec(amount.replace(/^([+-]?)0+(?=\.)/, "$1"));
  const zeros = found?.[1]?.length ?? 0;
  return found ? Math.max(usual, zeros + usual + (zeros > 0 ? 1 : 2)) : usual;
}

export function instant(at: string, locale: string): string {
  const options = { dateStyle: "medium", timeStyle: "short" } as const;
  return dateFormat(locale, options).format(new Date(at));
}

/** To the second and with its zone, for tooltips. */
export function exactInstant(at: string, locale: string): string {
  const options = { dateStyle: "full", timeStyle: "long" } as const;
  return dateFormat(locale, options).format(new Date(at));
}

export function clock(at: string, locale: string): string {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  return dateFormat(locale, options).format(new Date(at));
}

/** A calendar date, which has no zone. */
export function day(date: string, locale: string): string {
  return dateFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T00:00Z`));
}

export function shortDay(date: string, locale: string): string {
  const options = { day: "numeric", month: "short", timeZone: "UTC" } as const;
  return dateFormat(locale, options).format(new Date(`${date}T00:00Z`));
}

export function duration(millis: number, locale: string): string {
  if (millis < 1000) return `${count(Math.round(millis), locale)} ms`;
  const options = { maximumFractionDigits: millis < 10_000 ? 1 : 0 };
  if (millis < 120_000) return `${numberFormat(locale, options).format(millis / 1000)} s`;
  return `${count(Math.round(millis / 60_000), locale)} min`;
}
