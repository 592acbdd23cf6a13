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

/** Only the language that is shown is loaded. */
export async function loadMessages(language: Language): Promise<Messages> {
  return language === "fr" ? (await import("./fr")).fr : (await import("./en")).en;
}
