// The dictionary of what the server says, as the page has it. It is TypeScript, which Node 20 does not read.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("../src/i18n/fr/server.ts", import.meta.url)));

export const french = module.server;
