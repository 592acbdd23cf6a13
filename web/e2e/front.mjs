// Serves web/dist as the program does, policy included, and hands everything else on to it. A program that serves a
// dashboard itself is left alone, unless FRONT says that the one in web/dist is to be seen instead.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, request } from "node:http";
import { once } from "node:events";
import { extname, join, normalize } from "node:path";
import { pipeline } from "node:stream";

const dist = new URL("../dist/", import.meta.url).pathname;
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const SERVERS = /^\/(api\/|login|healthz|readyz|metrics)/;

/** `cut` drops every connection that is open, as a bad network does. */
export async function frontOf(serverUrl) {
  const home = await fetch(`${serverUrl}/`).then((answer) => answer.text());
  const { hostname, port, origin } = new URL(serverUrl);
  if (home.includes('id="root"') && !process.env.FRONT) return { url: serverUrl, close: () => undefined, cut: () => undefined };
  const server = createServer(async (asked, answer) => {
    const path = new URL(asked.url, "http://page").pathname;
    if (SERVERS.test(path)) {
      const headers = { ...asked.headers, host: `${hostname}:${port}` };
      if (headers.origin) headers.origin = origin;
      const on = request({ hostname, port, path: asked.url, method: asked.method, headers }, (got) => {
        answer.writeHead(got.statusCode, got.headers);
        // An answer that breaks off breaks off for the page, too.
        pipeline(got, answer, () => undefined);
      });
      // A server that is gone looks to the page as it does without anything in between.
      on.on("error", () => answer.destroy());
      answer.on("close", () => on.destroy());
      asked.pipe(on);
      return;
    }
    const file = join(dist, normalize(path));
    const isFile = await stat(file).then((found) => found.isFile(), () => false);
    const sent = isFile ? file : join(dist, "index.html");
    const cached = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    answer.writeHead(200, {
      "content-type": TYPES[extname(sent)] ?? "application/octet-stream",
      "content-security-policy": POLICY,
      "cache-control": cached,
    });
    createReadStream(sent).pipe(answer);
  });
  server.listen(Number(process.env.FRONT_PORT ?? 0), "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut: () => server.closeAllConnections(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
