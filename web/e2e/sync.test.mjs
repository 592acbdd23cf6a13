// "Sync now": what the button says line by line, in two tabs and over a reload.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";
import { KEYS } from "./scenes.mjs";
import { clear, takeSeat } from "./seat.mjs";
import { setStage, until } from "./stage.mjs";

const SYMBOLS = 120;
let stage, front, browser, state;

before(async () => {
  stage = await setStage();
  ({ front, browser, state } = await takeSeat(stage));
});

after(() => clear({ stage, front, browser }));

/** Keeps every text that the button of this page shows, from now on. */
async function record(page) {
  const button = page.getByTestId("sidebar").getByTestId("sync-now");
  await button.waitFor();
  await button.evaluate((element) => {
    window.texts = [element.textContent];
    window.isDisabled = [];
    new MutationObserver(() => {
      if (window.texts.at(-1) !== element.textContent) {
        window.texts.push(element.textContent);
        window.isDisabled.push(element.disabled);
      }
    }).observe(element, { subtree: true, characterData: true, childList: true });
  });
  return button;
}

async function answersAfter(milliseconds) {
  await stage.sim.ask("DELETE", "/faults");
  await stage.sim.ask("POST", "/faults", { provider: "fmp", fault: { kind: "slow", milliseconds }, when: {} });
}

const counts = (texts) => texts.map((text) => /(\d+)\/120/.exec(text)?.[1]).filter(Boolean).map(Number);

test("before anything was synced", async () => {
  const { page, close } = await open(browser, front.url, state, "/");
  await page.getByRole("heading", { name: "Bring your data in" }).waitFor();
  await page.getByText("foliosync demo").waitFor();
  assert.equal(await page.getByTestId("sidebar").getByTestId("last-synced").textContent(), "Never synced");
  await page.getByRole("link", { name: "Add your first connection" }).click();
  await page.getByRole("dialog", { name: "What do you want to connect?" }).waitFor();
  await close();
});

test("120 symbols: progress in this tab and in another, and after a reload", async () => {
  const instruments = Array.from({ length: SYMBOLS }, (_, nth) => ({ symbol: `SYM${String(nth + 1).padStart(5, "0")}` }));
  await stage.api("POST", "/api/instruments", { instruments });
  // Slow enough to be watched; the first run of the schedule is waited out.
  const settings = { plan: "ultimate", history: "off", batch_size: "10" };
  await stage.add("fmp", "FMP", settings, KEYS.fmp, 60);
  await until(async () => {
    const [one] = (await stage.api("GET", "/api/connections")).connections;
    return one.lastSyncAt && one.status !== "SYNCING";
  });
  // Until the third tab has seen it, however slow this machine is.
  await answersAfter(1000);

  const { page: one, close } = await open(browser, front.url, state, "/prices");
  const two = await one.context().newPage();
  await two.goto(`${front.url}/runs`);
  const button = await record(one);
  await record(two);
  await button.click();
  await two.waitForFunction(() => window.texts.some((text) => text.includes("/120")));
  const three = await one.context().newPage();
  await three.goto(`${front.url}/connections`);
  await three.getByTestId("sidebar").getByText(/\/120/).waitFor();
  await answersAfter(150);
  await one.waitForFunction(() => window.texts.at(-1) === "Sync now" && window.texts.length > 2, null, { timeout: 30_000 });
  await two.waitForFunction(() => window.texts.at(-1) === "Sync now");

  const texts = await one.evaluate(() => window.texts);
  console.log(`the button said: ${texts.join(" | ")}`);
  const seen = counts(texts);
  assert.equal(texts[0], "Sync now");
  assert.match(texts[1], /^Syncing/);
  assert.ok(seen.length >= 5, `only ${seen.length} steps were seen`);
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b), "progress never goes back");
  assert.equal(seen.at(-1), SYMBOLS);
  assert.ok((await one.evaluate(() => window.isDisabled)).slice(0, -1).every(Boolean), "it is disabled while it runs");
  assert.ok(counts(await two.evaluate(() => window.texts)).length >= 3, "the second tab saw it");
  assert.equal(await one.getByTestId("sidebar").getByTestId("last-synced").textContent(), "Last synced: just now");
  await one.getByText(`Synced: ${SYMBOLS} up to date.`).waitFor();
  await stage.sim.ask("DELETE", "/faults");
  await close();
});

test("a network that drops in the middle is no end of the sync", async () => {
  await answersAfter(250);
  const { page, close } = await open(browser, front.url, state, "/prices");
  const button = await record(page);
  await button.click();
  await page.waitForFunction(() => window.texts.some((text) => /[1-9]\d*\/120/.test(text)));
  front.cut();
  await page.waitForFunction(() => window.texts.at(-1) === "Sync now", null, { timeout: 30_000 });
  const seen = counts(await page.evaluate(() => window.texts));
  assert.equal(seen.at(-1), SYMBOLS);
  await page.getByText(`Synced: ${SYMBOLS} up to date.`).waitFor();
  await stage.sim.ask("DELETE", "/faults");
  await close();
});

test("one connection at a time waits a minute between two syncs", async () => {
  const { page, close } = await open(browser, front.url, state, "/connections/1");
  const button = page.getByTestId("sync-one");
  await button.click();
  await page.getByText(/Again in \d+ s/).waitFor();
  assert.ok(await button.isDisabled());
  await close();
  const other = await open(browser, front.url, state, "/connections/1");
  await other.page.getByTestId("sync-one").click();
  await other.page.getByText(/synced less than 60 seconds ago/).waitFor();
  await other.page.getByText(/Again in \d+ s/).waitFor();
  await other.close();
});
