import type { Dictionary } from "./told";
import type { Messages } from "./translate";

export const LANGUAGES = { en: "English", fr: "Français" } as const;
export type Language = keyof typeof LANGUAGES;

const CHOSEN = "foliosync.language";

export function chosenLanguage(): Language {
  const text = localStorage.getItem(CHOSEN) ?? navigator.language;
  return text.startsWith("fr") ? "fr" : "en";
}

export function chooseLanguage(language: Language) {
  localStorage.setItem(CHOSEN, language);
}

/** The browser's own variety of the language, for dates and numbers. */
export function localeOf(language: Language): string {
  return navigator.languages.find((one) => one === language || one.startsWith(`${language}-`)) ?? language;
}

/** A language: our own texts, and what the server's texts are in it. */
export interface Words {
  language: Language;
  messages: Messages;
  /** Without one, what the server says is in this language already. */
  server?: Dictionary;
}

/** Only the language that is shown is loaded. */
export async function loadWords(language: Language): Promise<Words> {
  if (language === "en") return { language, messages: (await import("./en")).en };
  const { fr, server } = await import("./fr");
  return { language, messages: bound(fr), server: bound(server) };
}

/** French sets a space before these signs, at which no line may end. */
function bound<T extends Record<string, string>>(texts: T): T {
  const all = Object.entries(texts).map(([key, text]) => [key, text.replace(/ (?=[:;?!»])/g, "\u00a0").replaceAll("« ", "«\u00a0")]);
  return Object.fromEntries(all) as T;
}
