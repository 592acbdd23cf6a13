// Fetches the page's own code and asks for what it shows first, while the code that all pages share is still being read.
// `src/api/early.ts` hands the answers on; `vite.config.ts` writes down which files belong to which page.
(() => {
  const { pathname: path, search } = location;
  const files = JSON.parse(document.querySelector('meta[name="page-files"]')?.content ?? "{}");
  const first = `/${path.split("/")[1]}`;
  for (const href of [...(files[first] ?? []), ...(files[document.documentElement.lang] ?? [])]) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
  const currency = localStorage.getItem("foliosync.currency");
  const shown = {
    "/": `/api/portfolio?limit=1000${currency ? `&currency=${currency}` : ""}`,
    "/prices": "/api/prices?limit=1000",
    "/runs": search ? undefined : "/api/runs?max=100",
  };
  const asked = [path === "/" || path === "/prices" || path === "/runs" ? shown[path] : undefined, "/api/connections"];
  window.foliosyncEarly = {
    at: Date.now(),
    answers: new Map(asked.filter(Boolean).map((url) => [url, fetch(url, { credentials: "same-origin" })])),
  };
  // Whoever takes an answer sees what failed; nobody need.
  window.foliosyncEarly.answers.forEach((answer) => answer.catch(() => undefined));
})();
