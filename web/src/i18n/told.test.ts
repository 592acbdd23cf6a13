import { expect, test } from "vitest";
import { server } from "./fr/server";
import { createTold } from "./told";

const told = createTold({
  fills: "exécutions",
  "{name} does not accept the key": "{name} n’accepte pas la clé",
  "{part} of {all} are late": "{all} attendus, {part} en retard",
  "{label}: {why}": "{label} : {why}",
  "What is (this)?": "Qu’est-ce ?",
});

test("a text that is known is told, and no other", () => {
  expect(told("fills")).toBe("exécutions");
  expect(told("What is (this)?")).toBe("Qu’est-ce ?");
  expect(told("balances")).toBeNull();
  expect(told("constructor")).toBeNull();
});

test("what changes is handed on as it is, wherever it then stands", () => {
  expect(told("Alpaca does not accept the key")).toBe("Alpaca n’accepte pas la clé");
  expect(told("2 of 7 are late")).toBe("7 attendus, 2 en retard");
});

test("a reason within a sentence is told too, or the sentence is not", () => {
  expect(told("FMP: Alpaca does not accept the key")).toBe("FMP : Alpaca n’accepte pas la clé");
  expect(told("FMP: nobody knows why")).toBeNull();
  expect(told("a: b: c: d: e: f: fills")).toBeNull();
});

test("several sentences in one line are told if all of them are known", () => {
  expect(told("2 of 7 are late; fills")).toBe("7 attendus, 2 en retard\u00a0; exécutions");
  expect(told("2 of 7 are late; and more")).toBeNull();
});

test("no French template asks for what its English one does not give", () => {
  const holes = (text: string) => new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  for (const [english, french] of Object.entries(server)) {
    const given = holes(english);
    expect([...holes(french)].filter((hole) => !given.has(hole)), english).toEqual([]);
  }
});

test("sentences of the server are told in French", () => {
  const french = createTold(server);
  const sentences = [
    "Alpaca does not accept the key id or the secret key: enter both again",
    "FMP: it is not in the answer: unknown there, or no longer traded",
    "requests for 62 symbols every minute are more than Financial Modeling Prep allows `Prices`",
    "the shortest interval that fits is 358 minutes: --every 358",
    'Date Opened "2026-02-30" is a date that does not exist',
    "it answers, but 1 of 3 symbols could not be read, such as NOSUCH: the answer has no price for it",
    "nobody has said yet what it is; say it: foliosync instruments map okx:XYZ INSTRUMENT",
    "Net liquidity changes by the P/L of the day, every day. 3 left out: without P/L.",
    "the token sees no base `Folio` in NocoDB; make it there, or give its id as `base`",
  ];
  for (const sentence of sentences) expect(french(sentence), sentence).not.toBeNull();
  expect(french("3 added; 2 changed; 1 deleted")).toBe("3 ajoutées\u00a0; 2 changées\u00a0; 1 supprimée");
  expect(french("Alpaca does not accept the key id or the secret key: enter both again")).toMatch(/^Alpaca n’accepte pas/);
});
