import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { ProxyOptions } from "vite";
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

export default defineConfig({
  plugins: [react(), tailwindcss()],
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
