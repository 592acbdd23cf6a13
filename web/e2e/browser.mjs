// A real Chromium, as the machine has it (CHROMIUM says where), and pages that are signed in.
import { access } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function launch() {
  for (const path of PLACES.filter(Boolean)) {
    const isThere = await access(path).then(() => true, () => false);
    if (!isThere) continue;
    const args = ["--no-sandbox", "--disable-dev-shm-usage", "--headless=new"];
    return chromium.launch({ executablePath: path, args });
  }
  throw new Error("no Chromium: install it (apt-get install chromium), or say in CHROMIUM where it is");
}

/** Signs a browser in as a person does, with a link. */
export async function signIn(browser, base, loginPath) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(base + loginPath);
  // The page either says so, or goes on by itself.
  await page.waitForFunction(() => document.getElementById("root") || /signed in/.test(document.body.textContent));
  const state = await context.storageState();
  await context.close();
  return state;
}

/** What the console may say: servers that lack a route are asked for it once. */
const EXPECTED = /404 \(Not Found\)/;

export function listen(page) {
  const faults = [];
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !EXPECTED.test(text)) faults.push(text);
  });
  page.on("pageerror", (error) => faults.push(error.message));
  return faults;
}

/** A fresh page of its own context. */
export async function open(browser, base, state, path, { width = 1440, height = 900, dark = false, locale = "en-GB", ...more } = {}) {
  const context = await browser.newContext({
    storageState: state,
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    locale,
    reducedMotion: "reduce",
    ...more,
  });
  const page = await context.newPage();
  const faults = listen(page);
  await page.goto(base + path);
  return { page, faults, close: () => context.close() };
}

/** What axe calls serious or worse. */
export async function axeFaults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** Tables that have to be pushed sideways. */
export function cutOff(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("[role=region]")]
      .filter((table) => table.scrollWidth > table.clientWidth)
      .map((table) => `${table.getAttribute("aria-label")}: ${table.scrollWidth} in ${table.clientWidth}`),
  );
}

export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
