// Connections that fail, are mended, changed and removed; a server that goes away and comes back; data that grows old.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";
import { KEYS } from "./scenes.mjs";
import { clear, takeSeat } from "./seat.mjs";
import { setStage, until } from "./stage.mjs";

let stage, front, browser, state;

before(async () => {
  stage = await setStage();
  await stage.add("ecb", "ECB", {}, {}, 60);
  ({ front, browser, state } = await takeSeat(stage));
});

after(() => clear({ stage, front, browser }));

const rowOf = (page, id) => page.getByTestId(`connection-${id}`);
const badge = (page, id) => rowOf(page, id).getByTestId("status");
const shot = (page, name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });

test("a provider that fails turns the badge, and turns it back", async () => {
  const { page, close } = await open(browser, front.url, state, "/connections");
  await badge(page, 1).getByText("Connected").waitFor();
  await stage.sim.ask("POST", "/faults", { provider: "ecb", fault: { kind: "page", code: 200 }, when: {} });
  // After three retries in a row it is an error.
  for (let nth = 0; nth < 4; nth++) await stage.api("POST", "/api/sync", {});
  await page.reload();
  await badge(page, 1).getByText("Error").waitFor();
  await rowOf(page, 1).getByText(/It is tried again in/).waitFor();
  await shot(page, "connection-error-light-1440");
  await stage.sim.ask("DELETE", "/faults");
  await page.getByTestId("sidebar").getByTestId("sync-now").click();
  await badge(page, 1).getByText("Connected").waitFor();
  await close();
});

test("a connection is tried before it is saved, mended, paused and removed", async () => {
  const { page, close } = await open(browser, front.url, state, "/connections?add=alpaca");
  const form = page.getByRole("dialog", { name: "Connect Alpaca" });
  await form.getByRole("button", { name: "Test and save" }).click();
  assert.equal(await form.getByText("This is needed.").count(), 3);
  await form.getByLabel("Name").fill("Broker");
  await form.getByLabel("Environment").selectOption("paper");
  await form.getByLabel("Key id").fill("PKWRONG");
  await form.getByLabel("Secret key").fill("wrong");
  await shot(page, "wizard-filled-light-1440");
  await form.getByRole("button", { name: "Test and save" }).click();
  const anyway = form.getByRole("button", { name: "Save anyway" });
  // A server that cannot try out what is not saved has saved it by now.
  await Promise.race([anyway.waitFor(), form.waitFor({ state: "detached" })]);
  if (await anyway.isVisible()) {
    await form.getByText(/does not accept the key/).waitFor();
    await anyway.click();
  }
  await badge(page, 2).getByText("Needs attention").waitFor();
  await rowOf(page, 2).getByText(/enter both again/).waitFor();

  await page.getByRole("button", { name: "More about Broker" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Broker" });
  await edit.getByLabel("Key id").fill(KEYS.alpaca.key_id);
  await edit.getByLabel("Secret key").fill(KEYS.alpaca.secret_key);
  await edit.getByRole("button", { name: "Save" }).click();
  await edit.waitFor({ state: "detached" });
  await until(async () => (await stage.api("GET", "/api/connections/2")).lastSyncAt);
  await page.reload();
  await badge(page, 2).getByText("Connected").waitFor();

  await rowOf(page, 2).getByRole("switch").click();
  await badge(page, 2).getByText("Disconnected").waitFor();
  await rowOf(page, 2).getByLabel("Interval of Broker").selectOption("30");
  await until(async () => (await stage.api("GET", "/api/connections/2")).syncIntervalMin === 30);

  await page.getByRole("button", { name: "More about Broker" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  const remove = page.getByRole("dialog", { name: "Remove Broker?" });
  assert.ok(await remove.getByLabel("Keep its data").isChecked());
  await remove.getByLabel("Delete its data too").check();
  await remove.getByRole("button", { name: "Remove" }).click();
  await rowOf(page, 2).waitFor({ state: "detached" });
  const answer = await stage.api("POST", "/api/query", { sql: "SELECT count(*) FROM accounts.fills", maxAgeMs: 0 });
  assert.deepEqual(answer.rows, [[0]]);
  await close();
});

test("an interval that the budget does not allow is refused with its reason", async () => {
  const instruments = Array.from({ length: 60 }, (_, nth) => ({ symbol: `SYM${String(nth + 1).padStart(5, "0")}` }));
  await stage.api("POST", "/api/instruments", { instruments });
  await stage.add("fmp", "Prices", { plan: "free", history: "off" }, KEYS.fmp, 1440);
  const { page, close } = await open(browser, front.url, state, "/connections");
  const interval = page.getByLabel("Interval of Prices");
  await interval.selectOption("1");
  await page.getByText(/^Not changed: /).waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-label="Interval of Prices"]').value === "1440");
  await shot(page, "interval-refused-light-1440");
  await close();
});

test("while the server is away everything stays, and it is all there again when it comes back", async () => {
  const { page, close } = await open(browser, front.url, state, "/connections");
  await badge(page, 1).waitFor();
  // Until the other pages were fetched, too.
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("SettingsPage")));
  await stage.kill();
  await page.getByTestId("sidebar").getByTestId("sync-now").click();
  await page.getByText("foliosync does not answer.").waitFor();
  assert.ok(await badge(page, 1).isVisible(), "the last known state stays");
  await shot(page, "away-light-1440");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  await page.getByRole("link", { name: "Connections" }).click();
  await badge(page, 1).waitFor();
  await stage.start();
  await page.getByText("foliosync does not answer.").waitFor({ state: "detached" });
  await shot(page, "back-light-1440");
  await close();
});

test("the staleness badge comes once the threshold is passed, by the server's clock", async () => {
  const before = await open(browser, front.url, state, "/connections");
  await badge(before.page, 1).waitFor();
  assert.equal(await rowOf(before.page, 1).getByTestId("stale").count(), 0);
  await before.close();
  await stage.stop();
  const shifted = { FOLIOSYNC_TEST_CLOCK_AHEAD: "864000", FOLIOSYNC_SCHEDULES: "false" };
  await stage.start(shifted).catch(() => stage.start({ FOLIOSYNC_SCHEDULES: "false" }));
  const { startedAt } = await stage.api("GET", "/api/server");
  const isShifted = Date.parse(startedAt) > Date.now() + 3_600_000;
  const { page, close } = await open(browser, front.url, state, "/settings");
  if (!isShifted) {
    // A server that cannot shift its clock is answered for.
    await page.route("**/api/connections", async (route) => {
      const answer = await route.fetch();
      const { connections } = await answer.json();
      await route.fulfill({ json: { connections: connections.map((one) => ({ ...one, freshness: "stale" })) } });
    });
  }
  await page.getByRole("link", { name: "Connections" }).click();
  await rowOf(page, 1).getByTestId("stale").waitFor();
  await shot(page, "stale-light-1440");
  await close();
  await stage.stop();
  await stage.start();
});

test("without a session the page says how to get one", async () => {
  const { page, close } = await open(browser, front.url, undefined, "/prices");
  await page.getByRole("heading", { name: "Sign in to foliosync" }).waitFor();
  await page.getByText("foliosync login", { exact: true }).waitFor();
  await shot(page, "signin-light-1440");
  await close();
});

test("runs of long ago stand below the others, by day", async () => {
  await stage.stop();
  await stage.start({ FOLIOSYNC_TEST_CLOCK_AHEAD: "864000", FOLIOSYNC_RUNS_KEPT_DAYS: "1", FOLIOSYNC_SCHEDULES: "false" });
  const told = await until(async () => {
    const { days } = await stage.api("GET", "/api/runs/days");
    return days.length > 0 && days;
  });
  const { page, close } = await open(browser, front.url, state, "/runs");
  const list = page.getByRole("region", { name: "Earlier runs, day by day" });
  await list.getByText(/^\d+ of \d+ done$/).first().waitFor();
  assert.equal(await list.getByRole("row").count(), 1 + told.length);
  await shot(page, "run-days-light-1440");
  await close();
});
