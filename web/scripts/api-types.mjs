// Writes the API's types from the snapshot of its OpenAPI document; with --check, fails where they are not of today.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const snapshot = new URL("../../tests/it/snapshots/it__document__openapi.snap", import.meta.url);
const target = new URL("../src/api/schema.d.mts", import.meta.url);

const text = await readFile(snapshot, "utf8");
// Above the document stands the header of the snapshot tool, between two lines of dashes.
const document = JSON.parse(text.slice(text.indexOf("\n---\n") + 5));
const head = "// Made by `npm run types` from the snapshot of the API's document. Do not edit.\n\n";
const types = head + astToString(await openapiTS(document, { alphabetize: true, immutable: true }));

if (process.argv.includes("--check")) {
  const now = await readFile(target, "utf8").catch(() => "");
  if (now !== types) {
    console.error("src/api/schema.d.mts is stale: the API's document has changed. Run `npm run types` in web/.");
    process.exit(1);
  }
} else {
  await writeFile(target, types);
}
