// Before anything is painted, so that a dark page never flashes white.
(() => {
  const chosen = localStorage.getItem("foliosync.theme");
  const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", isDark);
  const language = localStorage.getItem("foliosync.language") || navigator.language;
  document.documentElement.lang = language.startsWith("fr") ? "fr" : "en";
})();
