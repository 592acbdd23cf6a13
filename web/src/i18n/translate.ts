import type { en } from "./en";
import { count } from "@/lib/format";

type Keys = keyof typeof en;
/** `lines` stands for the pair `lines_one` and `lines_other`. */
type Plural = Keys extends infer K ? (K extends `${infer Stem}_other` ? Stem : never) : never;
export type Key = Keys | Plural;
export type Messages = Record<Keys, string>;
export type Values = Record<string, string | number>;

/** Fills a message in; where it counts something, `count` chooses its form. */
export function translate(messages: Messages, locale: string, key: Key, values: Values = {}): string {
  const known = messages as Record<string, string>;
  let text = known[key];
  if (text === undefined) {
    const form = pluralRules(locale).select(Number(values.count));
    text = known[`${key}_${form}`] ?? known[`${key}_other`] ?? key;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? count(value, locale) : value;
  });
}

/** The words that mirrors have of their own, where they have some. */
export function ofMirror(messages: Messages, key: Key): Key {
  const own = `mirror.${key}`;
  return own in messages || `${own}_other` in messages ? (own as Key) : key;
}

const rules = new Map<string, Intl.PluralRules>();

function pluralRules(locale: string): Intl.PluralRules {
  let found = rules.get(locale);
  if (!found) rules.set(locale, (found = new Intl.PluralRules(locale)));
  return found;
}
