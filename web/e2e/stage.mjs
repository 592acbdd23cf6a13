// What the tests run on: the real program with a data folder of its own, and the simulator as its own process.
//
// FOLIOSYNC_BIN and FOLIOSYNC_SIM_BIN say where they are; `cargo build --workspace --examples` makes both.
import { spawn, execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const target = new URL("../../target/debug/", import.meta.url).pathname;
const program = process.env.FOLIOSYNC_BIN ?? join(target, "foliosync");
const simulator = process.env.FOLIOSYNC_SIM_BIN ?? join(target, "examples/sim");

const SIMULATED = ["fmp", "tiingo", "ecb", "binance", "okx", "alpaca", "ibkr_flex"];
const run = promisify(execFile);

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts the simulator; it ends with the returned `stop`, or with this process. */
async function startSimulator(args) {
  const child = spawn(simulator, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const control = line.trim().replace(/\/+$/, "");
  const ask = async (method, path, body) => {
    const answer = await fetch(control + path, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  return { base: control.replace(/\/sim$/, ""), ask, stop: () => end(child) };
}

async function end(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.stdin?.end();
  child.kill(signal);
  await ended;
}

/**
 * @param {{ simulator?: string[], settings?: Record<string, string> }} [options]
 */
export async function setStage({ simulator: simulatorArgs = ["--no-limits", "--symbols", "200"], settings = {} } = {}) {
  const root = await mkdtemp(join(tmpdir(), "folio-e2e-"));
  const sim = await startSimulator(simulatorArgs);
  const at = (id) => (id === "alpaca" ? "alpaca-paper" : id);
  const config = SIMULATED.map((id) => `[providers.${id}]\nbase_url = "${sim.base}/${at(id)}"\n`).join("\n");
  await mkdir(join(root, "config"));
  await writeFile(join(root, "config/config.toml"), config);
  const port = await freePort();
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FOLIOSYNC_"));
  const environment = { ...Object.fromEntries(inherited), FOLIOSYNC_CONFIG_DIR: join(root, "config"), ...settings };
  const common = ["--data-dir", join(root, "data"), "--config", join(root, "config/config.toml")];
  let server = null;

  const stage = {
    root,
    sim,
    url: `http://127.0.0.1:${port}`,
    port,
    /** More variables shift its clock and the like. */
    async start(more = {}) {
      const args = ["serve", "--leashed", "--listen", `127.0.0.1:${port}`, ...common];
      server = spawn(program, args, { env: { ...environment, ...more }, stdio: ["pipe", "ignore", "inherit"] });
      const gone = once(server, "exit").then(([code]) => {
        throw new Error(`the server ended with code ${code}`);
      });
      await Promise.race([until(async () => (await fetch(`${stage.url}/readyz`)).ok), gone]);
      // Its end later on is nobody's fault.
      gone.catch(() => undefined);
    },
    stop: () => end(server),
    kill: () => end(server, "SIGKILL"),
    async cli(...args) {
      return (await run(program, [...args, ...common], { env: environment })).stdout;
    },
    /** The path and secret of a link that signs a browser in. */
    async loginPath() {
      const url = new URL((await stage.cli("login")).trim());
      return url.pathname + url.hash;
    },
    /** Over TCP with a token, as other programs do. */
    async api(method, path, body) {
      stage.token ??= (await stage.cli("token", "add", "--label", "e2e", "--scope", "admin")).match(/\S{30,}/)[0];
      const headers = { authorization: `Bearer ${stage.token}`, "content-type": "application/json" };
      const answer = await fetch(stage.url + path, { method, headers, body: body && JSON.stringify(body) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text && answer.headers.get("content-type").includes("ndjson") ? text : text && JSON.parse(text);
    },
    add: (provider, label, settings = {}, credentials = {}, syncIntervalMin = undefined) =>
      stage.api("POST", "/api/connections", { provider, label, settings, credentials, syncIntervalMin }),
    async clear() {
      await end(server);
      await sim.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
  await stage.start();
  return stage;
}

/** Looks until it holds; what is looked at is another process, which nothing here can wait on. */
export async function until(holds, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const held = await holds().catch(() => false);
    if (held) return held;
    if (Date.now() > deadline) throw new Error(`it did not come to hold within ${seconds} s: ${holds}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
