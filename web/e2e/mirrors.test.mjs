// Mirrors beside what is read: told of in their own words, copied, filtered and removed as what they are.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFaults, cutOff, open, overflow } from "./browser.mjs";
import { MIRRORS, withMirrors } from "./mirrors.mjs";
import { clear, takeSeat } from "./seat.mjs";
import { freePort, setStage, until } from "./stage.mjs";

let stage, front, browser, state;
const { copied, failed } = MIRRORS;
const shots = process.env.SHOTS;

const PAGES = [
  { name: "mirrors", path: "/connections", shows: ["Mirrors", "Miroirs"] },
  { name: "mirror", path: `/connections/${copied.id}`, shows: ["symbols", "symbols"] },
  { name: "mirror-failed", path: `/connections/${failed.id}`, shows: ["Copy now", "Copier"] },
  { name: "mirror-wizard", path: "/connections?add=mirror", shows: ["Copy into NocoDB", "Recopier dans NocoDB"] },
  { name: "mirror-run", path: `/runs/${copied.lastRun.id}`, shows: ["price_history", "price_history"] },
];

before(async () => {
  stage = await setStage({ settings: { FOLIOSYNC_PRIVATE_NETWORKS: "127.0.0.1" } });
  await stage.add("ecb", "ECB", {}, {}, 60);
  await until(async () => (await stage.api("GET", "/api/connections/1")).lastSyncAt);
  ({ front, browser, state } = await takeSeat(stage));
});

after(() => clear({ stage, front, browser }));

async function show(path, options, there) {
  const opened = await open(browser, front.url, state, "/settings", options);
  await withMirrors(opened.page, there);
  await opened.page.goto(front.url + path);
  // What the page still asks for when it is closed is nobody's fault.
  const close = async () => {
    await opened.page.unrouteAll({ behavior: "ignoreErrors" });
    await opened.close();
  };
  return { ...opened, close };
}

for (const { name, path, shows } of PAGES) {
  test(`${name}: wide and narrow, light and dark, in both languages`, async () => {
    const phone = { width: 360, height: 740, locale: "fr-FR", dark: true };
    for (const [nth, options] of [{}, phone].entries()) {
      const { page, faults, close } = await show(path, options);
      await page.getByText(shows[nth], { exact: true }).first().waitFor();
      await page.waitForFunction(() => !document.querySelector(".animate-pulse"));
      if (shots) await page.screenshot({ path: `${shots}/${name}-${nth ? "fr-dark-360" : "light-1440"}.png`, fullPage: true });
      assert.deepEqual(await axeFaults(page), []);
      assert.equal(await overflow(page), 0);
      assert.deepEqual(await cutOff(page), []);
      assert.deepEqual(faults, []);
      await close();
    }
  });
}

test("sources and mirrors stand apart, and each are added by themselves", async () => {
  const { page, close } = await show("/connections");
  const mirrors = page.locator("section", { has: page.getByRole("heading", { name: "Mirrors" }) });
  await mirrors.getByText("Last copied", { exact: true }).first().waitFor();
  await mirrors.getByRole("button", { name: "Copy to NocoDB now" }).waitFor();
  await mirrors.getByText("It is tried again in").waitFor();
  assert.equal(await mirrors.getByText("ECB").count(), 0);
  await page.getByRole("button", { name: "Add connection" }).click();
  const sources = page.getByRole("dialog", { name: "What do you want to connect?" });
  await sources.getByText("European Central Bank").waitFor();
  assert.equal(await sources.getByText("NocoDB").count(), 0);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add a mirror" }).click();
  await page.getByRole("dialog", { name: "Copy into NocoDB" }).waitFor();
  await close();
});

test("removing a mirror asks nothing about its rows: they stay where they are", async () => {
  const { page, close } = await show(`/connections/${copied.id}`);
  const asked = [];
  await page.route(`**/api/connections/${copied.id}?*`, (route) => {
    asked.push(route.request().method());
    return route.fulfill({ status: 204 });
  });
  await page.getByRole("button", { name: "Remove" }).click();
  const dialog = page.getByRole("dialog", { name: "Remove NocoDB?" });
  await dialog.getByText("Rows in NocoDB stay as they are.").waitFor();
  assert.equal(await dialog.getByRole("radio").count(), 0);
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByText("NocoDB was removed.").waitFor();
  assert.deepEqual(asked, ["DELETE"]);
  await close();
});

test("runs of mirrors are marked, and can be left out", async () => {
  const { page, close } = await show("/runs");
  const rows = page.locator("tbody tr");
  const ofMirrors = rows.filter({ hasText: "Mirror" });
  await ofMirrors.first().waitFor();
  assert.equal(await ofMirrors.count(), 2);
  await page.getByLabel("Connection").selectOption("sources");
  await ofMirrors.first().waitFor({ state: "detached" });
  assert.ok((await rows.count()) > 0);
  await page.getByLabel("Connection").selectOption("mirrors");
  await ofMirrors.first().waitFor();
  assert.equal(await rows.filter({ hasText: "ECB" }).count(), 0);
  await close();
});

test("a mirror that nobody answers says so, keeps calm, and is tried again", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { page, close } = await open(browser, front.url, state, "/connections");
  await page.getByRole("button", { name: "Add a mirror" }).click();
  const form = page.getByRole("dialog", { name: "Copy into NocoDB" });
  await form.getByLabel("Address").fill(url);
  await form.getByLabel("Base").fill("Portfolio");
  await form.getByLabel("API token").fill("nobody reads it");
  await form.getByRole("button", { name: "Test and save" }).click();
  await form.getByText(/^It does not work: /).waitFor();
  await form.getByRole("button", { name: "Save anyway" }).click();
  const { connections } = await untilTold();
  const mirror = connections.find(({ role }) => role === "mirror");
  const row = page.getByTestId(`connection-${mirror.id}`);
  await row.getByText("Last copy: Failed").waitFor();
  await row.getByText(mirror.lastSyncError).waitFor();
  if (shots) await page.screenshot({ path: `${shots}/mirror-away-light-1440.png`, fullPage: true });
  assert.equal(mirror.status, "CONNECTED", "one failure is no error yet");
  assert.ok(Date.parse(mirror.nextAttemptAt) > Date.now(), "it is tried again");
  // "Sync now" reads what is read, and leaves mirrors alone.
  const runs = async () => (await stage.api("GET", `/api/runs?connection=${mirror.id}&max=10`)).runs.length;
  const before = await runs();
  await page.getByTestId("sidebar").getByTestId("sync-now").click();
  await page.getByText(/^Synced: \d+ up to date\.$/).waitFor();
  assert.equal(await runs(), before);
  await row.getByRole("link", { name: "NocoDB" }).click();
  await page.getByText("Copies what was committed into NocoDB.", { exact: true }).waitFor();
  await page.getByText(mirror.lastSyncError).waitFor();
  await close();
});

/** The mirror has been tried, and has failed. */
async function untilTold() {
  let told;
  await until(async () => {
    told = await stage.api("GET", "/api/connections");
    return told.connections.some(({ role, lastSyncError }) => role === "mirror" && lastSyncError);
  });
  return told;
}
