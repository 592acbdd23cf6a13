import { expect, test } from "vitest";
import { en } from "./en";
import { fr } from "./fr";
import { ofMirror, translate } from "./translate";

test("both languages have the same messages, none of them empty", () => {
  expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  for (const [key, text] of Object.entries({ ...en, ...fr })) expect(text.trim(), key).not.toBe("");
});

test("both languages fill in the same values", () => {
  const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const [key, text] of Object.entries(en)) {
    expect(values(fr[key as keyof typeof en]), key).toEqual(values(text));
  }
});

test("what is said of mirrors stands in for something, and asks for no more than that does", () => {
  const values = (text: string) => new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  const own = Object.entries(en).filter(([key]) => key.startsWith("mirror."));
  for (const [key, text] of own) {
    const said = (en as Record<string, string>)[key.slice("mirror.".length)];
    expect(said, key).toBeDefined();
    expect([...values(text)].filter((name) => !values(said ?? "").has(name)), key).toEqual([]);
  }
  expect(ofMirror(en, "sync.now")).toBe("mirror.sync.now");
  expect(ofMirror(en, "connections.gaps")).toBe("mirror.connections.gaps");
  expect(ofMirror(en, "common.edit")).toBe("common.edit");
});

test("French is not English", () => {
  const same = Object.entries(en).filter(([key, text]) => fr[key as keyof typeof en] === text && /\w{4}/.test(text));
  // Words that both languages share.
  const shared =
    /^(Actions|Portfolio|ETFs?|Crypto|Options|Futures|Stock|Trades?|Notifications|Volume|Tables?|Type|SHA-256|API|foliosync.*|AAPL.*|Page.*|Journal|\{.*|Auto|SQL|Version|Run|Date|Source|.*Ctrl.*|\+\{count\} trades?)$/;
  expect(same.filter(([, text]) => !shared.test(text))).toEqual([]);
});

test("a message counts in its language", () => {
  expect(translate(en, "en-US", "portfolio.lines", { count: 1 })).toBe("1 holding");
  expect(translate(en, "en-US", "portfolio.lines", { count: 1234 })).toBe("1,234 holdings");
  // In French nothing is one.
  expect(translate(fr, "fr-FR", "portfolio.lines", { count: 0 })).toBe("0 position");
  expect(translate(en, "en-US", "sync.last", { ago: "5m ago" })).toBe("Last synced: 5m ago");
});
