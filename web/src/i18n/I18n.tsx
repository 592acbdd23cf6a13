import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import * as format from "@/lib/format";
import { age, ahead, type Age } from "@/lib/relative-time";
import { chooseLanguage, loadWords, localeOf, type Language, type Words } from "./language";
import { createTold } from "./told";
import { ofMirror, translate, type Key, type Values } from "./translate";
import type { Role } from "@/api/types";

type Amount = string | null | undefined;
type Translate = (key: Key, values?: Values) => string;

/** All that is written on screen goes through here: words by language, numbers and times by locale. */
export interface I18n {
  language: Language;
  setLanguage: (language: Language) => Promise<void>;
  t: Translate;
  /** The same about a connection: what copies is spoken of in other words than what is read. */
  tOf: (role: Role | undefined) => Translate;
  /** What the server says, in this language where we have words for it. `Told` marks the rest as English. */
  told: (text: string) => string;
  isTold: (text: string) => boolean;
  ago: (at: string | number, now: number) => string;
  until: (at: string | number, now: number) => string;
  money: (amount: Amount, currency: Amount) => string;
  change: (amount: Amount, currency: Amount) => string;
  decimal: (amount: Amount, digitsMax?: number, digitsMin?: number) => string;
  percent: (part: Amount, isSigned?: boolean) => string;
  percentPoints: (points: Amount) => string;
  count: (number: number) => string;
  instant: (at: string) => string;
  exactInstant: (at: string) => string;
  clock: (at: string) => string;
  day: (date: string) => string;
  shortDay: (date: string) => string;
  duration: (millis: number) => string;
  locale: string;
}

function createI18n({ language, messages, server }: Words, setLanguage: I18n["setLanguage"]): I18n {
  const locale = localeOf(language);
  const t: Translate = (key, values) => translate(messages, locale, key, values);
  const tOfMirror: Translate = (key, values) => t(ofMirror(messages, key), values);
  const span = (side: "ago" | "in", { unit, ...rest }: Age) => t(`${side}.${unit}`, rest);
  const find = server ? createTold(server) : (text: string) => text;
  return {
    language,
    setLanguage,
    locale,
    t,
    tOf: (role) => (role === "mirror" ? tOfMirror : t),
    told: (text) => find(text) ?? text,
    isTold: (text) => find(text) !== null,
    ago: (at, now) => span("ago", age(at, now)),
    until: (at, now) => span("in", ahead(at, now)),
    money: (amount, currency) => format.money(amount, currency, locale),
    change: (amount, currency) => format.change(amount, currency, locale),
    decimal: (amount, digitsMax, digitsMin) => format.decimal(amount, locale, digitsMax, digitsMin),
    percent: (part, isSigned) => format.percent(part, locale, isSigned),
    percentPoints: (points) => format.percentPoints(points, locale),
    count: (number) => format.count(number, locale),
    instant: (at) => format.instant(at, locale),
    exactInstant: (at) => format.exactInstant(at, locale),
    clock: (at) => format.clock(at, locale),
    day: (date) => format.day(date, locale),
    shortDay: (date) => format.shortDay(date, locale),
    duration: (millis) => format.duration(millis, locale),
  };
}

const Context = createContext<I18n | null>(null);

interface Props {
  first: Words;
  children: ReactNode;
}

export function I18nProvider({ first, children }: Props) {
  const [shown, setShown] = useState(first);
  const setLanguage = useCallback(async (language: Language) => {
    const words = await loadWords(language);
    chooseLanguage(language);
    document.documentElement.lang = language;
    setShown(words);
  }, []);
  const i18n = useMemo(() => createI18n(shown, setLanguage), [shown, setLanguage]);
  return <Context value={i18n}>{children}</Context>;
}

export function useI18n(): I18n {
  const found = useContext(Context);
  if (!found) throw new Error("there is no I18nProvider above");
  return found;
}
