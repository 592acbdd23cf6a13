export type Theme = "system" | "light" | "dark";

const CHOSEN = "foliosync.theme";
const dark = () => matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme(): Theme {
  const text = localStorage.getItem(CHOSEN);
  return text === "light" || text === "dark" ? text : "system";
}

export function applyTheme() {
  const theme = chosenTheme();
  const isDark = theme === "dark" || (theme === "system" && dark().matches);
  document.documentElement.classList.toggle("dark", isDark);
}

export function chooseTheme(theme: Theme) {
  if (theme === "system") localStorage.removeItem(CHOSEN);
  else localStorage.setItem(CHOSEN, theme);
  applyTheme();
}

/** The system may change while the page is open. */
export function followSystemTheme() {
  dark().addEventListener("change", applyTheme);
}
