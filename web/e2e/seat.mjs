// Somebody before a stage: its pages as they are served, a browser, and a session in it.
import { launch, signIn } from "./browser.mjs";
import { frontOf } from "./front.mjs";

export async function takeSeat(stage) {
  const front = await frontOf(stage.url);
  let browser;
  try {
    browser = await launch();
    const state = await signIn(browser, front.url, await stage.loginPath());
    return { front, browser, state };
  } catch (error) {
    await clear({ front, browser });
    throw error;
  }
}

/** Ends as much of it as has come to be, and the stage. */
export async function clear({ stage, front, browser }) {
  await browser?.close();
  front?.close();
  await stage?.clear();
}
