import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin, ProxyOptions } from "vite";
import { defineConfig } from "vitest/config";

/** Where a program runs that `npm run dev` shows. */
const server = process.env.FOLIOSYNC_URL ?? "http://127.0.0.1:7878";

/** The program answers only to its own name, and changes come only from its own pages. */
const proxied: ProxyOptions = {
  target: server,
  changeOrigin: true,
  configure: (proxy) =>
    proxy.on("proxyReq", (request) => {
      if (request.getHeader("origin")) request.setHeader("origin", new URL(server).origin);
    }),
};

/** Notes in the page which files belong to each page and language, so that `early.js` can fetch them at once. */
const pageFiles: Plugin = {
  name: "page-files",
  transformIndexHtml: {
    order: "post",
    handler(_, { bundle, chunk }) {
      if (!bundle || !chunk) return [];
      const known = new Set([chunk.fileName, ...chunk.imports]);
      const files: Record<string, string[]> = {};
      for (const one of Object.values(bundle)) {
        if (one.type !== "chunk" || !one.facadeModuleId) continue;
        const [, feature, language] = /features\/(\w+)\/\w+Page\.tsx$|i18n\/(en|fr)\/index\.ts$/.exec(one.facadeModuleId) ?? [];
        const name = language ?? (feature && `/${ADDRESSES[feature] ?? feature}`);
        if (name) files[name] = [one.fileName, ...one.imports].filter((file) => !known.has(file)).map((file) => `/${file}`);
      }
      return [{ tag: "meta", attrs: { name: "page-files", content: JSON.stringify(files) }, injectTo: "head-prepend" }];
    },
  },
};
const ADDRESSES: Record<string, string> = { portfolio: "", tradelogs: "trade-logs" };

export default defineConfig({
  plugins: [react(), tailwindcss(), pageFiles],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": proxied, "/login": proxied, "/login.js": proxied, "/healthz": proxied } },
  build: {
    target: "es2023",
    // The page's policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What several pages share is one file, not one for each icon.
          groups: [
            { name: "vendor", test: /node_modules[\\/](react|react-dom|scheduler|@tanstack|@radix-ui|@floating-ui|aria-hidden)[\\/]/ },
            { name: "shared", test: /node_modules[\\/]lucide-react|src[\\/](components[\\/]ui|hooks|lib|api|app)[\\/]/ },
          ],
        },
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
