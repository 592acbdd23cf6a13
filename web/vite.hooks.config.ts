import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The hooks alone, for other apps: `npm run build:hooks` writes `lib/dist`. */
export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  publicDir: false,
  build: {
    target: "es2023",
    outDir: "lib/dist",
    lib: { entry: "src/hooks/index.ts", formats: ["es"], fileName: "hooks" },
    rolldownOptions: { external: ["react", "react/jsx-runtime", "@tanstack/react-query"] },
  },
});
