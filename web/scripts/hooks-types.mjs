// Other apps do not know our alias for src/: the declarations of the hooks name each other by relative paths.
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../lib/dist/", import.meta.url));
await copyFile(new URL("../src/api/schema.d.mts", import.meta.url), join(dist, "api/schema.d.mts"));
for (const folder of ["api", "hooks", "lib"]) {
  for (const name of await readdir(join(dist, folder))) {
    const path = join(dist, folder, name);
    await writeFile(path, (await readFile(path, "utf8")).replaceAll('"@/', '"../'));
  }
}
