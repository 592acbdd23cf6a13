import { useSyncExternalStore } from "react";

const NAMES = {
  accent: "--accent",
  good: "--good",
  bad: "--bad",
  warn: "--warn",
  line: "--line",
  ink: "--ink",
  faint: "--ink-faint",
  surface: "--surface",
} as const;

export type Palette = Record<keyof typeof NAMES, string>;

/** The page's colours of now, for what is drawn on a canvas. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = ([name, variable]: [string, string]) => [name, style.getPropertyValue(variable).trim()];
  return Object.fromEntries(Object.entries(NAMES).map(read)) as Palette;
}

function subscribe(listener: () => void) {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["class"] });
  return () => observer.disconnect();
}

export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => document.documentElement.classList.contains("dark"));
}
