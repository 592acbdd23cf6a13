// Every page: drawn without a fault, wide and narrow, light and dark, in both languages, and usable without a mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFaults, cutOff, open, overflow } from "./browser.mjs";
import { french } from "./french.mjs";
import { furnish, trouble } from "./scenes.mjs";
import { clear, takeSeat } from "./seat.mjs";
import { setStage, until } from "./stage.mjs";

let stage, front, browser, state;
/** One page of each kind goes from address to address. */
let wide, narrow;
/** Where screenshots go, if they are wanted. */
const shots = process.env.SHOTS;

const PAGES = [
  { name: "portfolio", path: "/", heading: ["Portfolio", "Portefeuille"], shows: "BTC" },
  { name: "prices", path: "/prices", heading: ["Prices", "Cours"], shows: "AAPL" },
  { name: "symbol", path: "/prices/crypto%3ABTC", heading: ["BTC", "BTC"], shows: "BTCUSDT" },
  { name: "connections", path: "/connections", heading: ["Connections", "Connexions"], shows: "Alpaca paper" },
  { name: "connection", path: "/connections/3", heading: ["Binance", "Binance"], shows: /^(balances|soldes)$/ },
  { name: "wizard", path: "/connections?add=okx", heading: ["Connections", "Connexions"], shows: /^(Passphrase|Phrase secrète)$/ },
  { name: "runs", path: "/runs", heading: ["Runs", "Exécutions"], shows: "ECB" },
  { name: "run", path: "/runs/2", heading: ["Run 2", "Exécution 2"], shows: "NOSUCH" },
  { name: "trade-logs", path: "/trade-logs", heading: ["Trade logs", "Journaux de trades"], shows: "Butterfly" },
  { name: "block", path: "/trade-logs/6/Butterfly", heading: ["Butterfly", "Butterfly"], shows: "2026-02-30" },
  { name: "query", path: "/query", heading: ["Query", "Requête"], shows: "price_history" },
  { name: "settings", path: "/settings", heading: ["Settings", "Réglages"], shows: "e2e" },
];

before(async () => {
  stage = await setStage();
  await furnish(stage);
  await settled();
  await trouble(stage);
  await settled();
  ({ front, browser, state } = await takeSeat(stage));
});

/** Every connection has been read once. */
function settled() {
  return until(async () => {
    const { connections } = await stage.api("GET", "/api/connections");
    return connections.every((one) => one.lastAttemptAt && one.status !== "SYNCING");
  }, 40);
}

after(() => clear({ stage, front, browser }));

async function look(page, { heading, shows }, language) {
  await page.getByText(shows).first().waitFor({ state: "attached" });
  const title = await page.locator("h1").first().textContent();
  assert.ok(title.startsWith(heading[language]), `${title} is not ${heading[language]}`);
  // Until nothing holds the place of something.
  await page.waitForFunction(() => !document.querySelector(".animate-pulse"));
}

for (const one of PAGES) {
  test(`${one.name}: wide, light and dark`, async () => {
    const { page, faults } = await (wide ??= open(browser, front.url, state, "/"));
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(front.url + one.path);
    await look(page, one, 0);
    if (shots) await page.screenshot({ path: `${shots}/${one.name}-light-1440.png` });
    assert.deepEqual(await axeFaults(page), [], "light");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => document.documentElement.classList.contains("dark"));
    if (shots) await page.screenshot({ path: `${shots}/${one.name}-dark-1440.png` });
    assert.deepEqual(await axeFaults(page), [], "dark");
    assert.equal(await overflow(page), 0);
    assert.deepEqual(faults.splice(0), []);
  });

  test(`${one.name}: on a phone, in French`, async () => {
    const phone = { width: 360, height: 740, locale: "fr-FR" };
    const { page, faults } = await (narrow ??= open(browser, front.url, state, "/", phone));
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(front.url + one.path);
    await look(page, one, 1);
    assert.equal(await page.evaluate(() => document.documentElement.lang), "fr");
    assert.equal(await overflow(page), 0, "the page is wider than the screen");
    assert.deepEqual(await cutOff(page), []);
    assert.deepEqual(await axeFaults(page), [], "light");
    if (shots) await page.screenshot({ path: `${shots}/${one.name}-fr-360.png` });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => document.documentElement.classList.contains("dark"));
    if (shots) await page.screenshot({ path: `${shots}/${one.name}-fr-dark-360.png` });
    assert.deepEqual(await axeFaults(page), [], "dark");
    assert.deepEqual(faults.splice(0), []);
  });
}

test("whatever the server says of its providers has a French text", async () => {
  const { providers } = await stage.api("GET", "/api/providers");
  const texts = providers.flatMap((one) => [
    one.name,
    one.summary,
    ...one.settings.flatMap(({ label, help, kind }) => [label, help, ...(kind.choice ?? [])]),
    ...one.streams.flatMap(({ name, summary }) => [name, summary]),
  ]);
  assert.ok(texts.length > 100, "it says something");
  assert.deepEqual([...new Set(texts)].filter((text) => !Object.hasOwn(french, text)), []);
});

test("what is read is told in French, and what has none is marked as English", async () => {
  const phone = { width: 360, height: 740, locale: "fr-FR" };
  const { page, close } = await open(browser, front.url, state, "/connections?add=okx", phone);
  await page.getByText("La phrase secrète que vous avez choisie en créant la clé").waitFor();
  await page.goto(`${front.url}/connections`);
  await page.getByText("Alpaca n’accepte pas l’identifiant de la clé ou la clé secrète : saisissez-les de nouveau").waitFor();
  await page.route("**/api/connections", async (route) => {
    const { connections } = await (await route.fetch()).json();
    await route.fulfill({ json: { connections: connections.map((one) => ({ ...one, lastSyncError: "never heard of" })) } });
  });
  await page.reload();
  await page.locator('[lang="en"]', { hasText: "never heard of" }).first().waitFor();
  await close();
});

test("what is asked for before the page's code is there is asked for once, and used", async () => {
  const { page, close } = await open(browser, front.url, state, "/settings");
  for (const [path, wanted] of [["/", "/api/portfolio"], ["/prices", "/api/prices"], ["/runs", "/api/runs"]]) {
    await page.goto(front.url + path);
    await page.locator("tbody tr").first().waitFor();
    await page.waitForFunction(() => window.foliosyncEarly.answers.size === 0);
    const asked = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
    assert.equal(asked.filter((one) => one === wanted).length, 1, wanted);
    assert.equal(asked.filter((one) => one === "/api/connections").length, 1);
  }
  await close();
});

test("the collapsed sidebar keeps an icon alone, also after a reload", async () => {
  const { page, close } = await open(browser, front.url, state, "/");
  const sidebar = page.getByTestId("sidebar");
  await page.getByRole("button", { name: "Collapse sidebar" }).click();
  await page.reload();
  const button = sidebar.getByTestId("sync-now");
  await button.waitFor();
  assert.equal((await button.textContent()).trim(), "");
  assert.equal(await button.getAttribute("aria-label"), "Sync now");
  assert.equal(await sidebar.getByTestId("last-synced").count(), 0);
  assert.ok((await sidebar.boundingBox()).width < 70);
  if (shots) await page.screenshot({ path: `${shots}/collapsed-light-1440.png` });
  assert.deepEqual(await axeFaults(page), []);
  await page.getByRole("button", { name: "Expand sidebar" }).click();
  await sidebar.getByText(/^Last synced: /).waitFor();
  await close();
});

test("language and theme are chosen under Settings, and stay", async () => {
  const { page, close } = await open(browser, front.url, state, "/settings");
  await page.getByLabel("Language").selectOption("fr");
  await page.getByRole("heading", { name: "Réglages" }).waitFor();
  await page.getByLabel("Thème").selectOption("dark");
  await page.reload();
  await page.getByRole("heading", { name: "Réglages" }).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.classList.contains("dark")));
  await close();
});

test("everything is reached without a mouse", async () => {
  const { page, close } = await open(browser, front.url, state, "/");
  await page.getByTestId("total").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.getByRole("link", { name: "Connections" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "More about OKX", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Edit" }).waitFor();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Edit OKX" });
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await close();
});

test("holdings are sorted and filtered", async () => {
  const { page, close } = await open(browser, front.url, state, "/");
  const table = page.getByRole("region", { name: "Holdings" });
  await table.waitFor();
  const first = () => table.locator("tbody tr").first().textContent();
  await page.getByTitle("Sort by Asset").click();
  assert.match(await first(), /^1INCH/);
  await page.getByRole("searchbox", { name: "Filter holdings" }).fill("shib");
  assert.equal(await table.locator("tbody tr").count(), 1);
  assert.match(await first(), /^SHIB.*[\d,]{7}/);
  await page.getByLabel("Currency").selectOption("EUR");
  await page.getByText("Value (EUR)").waitFor();
  await close();
});

test("a query answers as a table and as a chart, and is handed over as CSV", async () => {
  const { page, close, faults } = await open(browser, front.url, state, "/query");
  await page.getByLabel("SQL").fill("SELECT strategy, sum(pl) AS pl FROM trades.trade_data GROUP BY 1 ORDER BY 1");
  await page.keyboard.press("Control+Enter");
  await page.getByText("3 rows").waitFor();
  await page.getByRole("button", { name: "Chart" }).click();
  await page.getByRole("list", { name: "pl" }).getByText("Butterfly").waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CSV" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "foliosync.csv");
  await page.getByLabel("SQL").fill("DELETE FROM market.quotes");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("alert").waitFor();
  assert.deepEqual(faults.filter((text) => !/400|422/.test(text)), []);
  await close();
});
