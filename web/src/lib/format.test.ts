import { expect, test } from "vitest";
import { change, decimal, duration, money, percent, percentPoints } from "./format";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

test.each([
  ["1234.5", "USD", "en-US", "$1,234.50"],
  ["1234.5", "EUR", "fr-FR", "1 234,50 €"],
  ["-0.5", "GBP", "en-GB", "-£0.50"],
  ["12345678901234567890.123456789012345678", "USD", "en-US", "$12,345,678,901,234,567,890.12"],
  ["0.00000815", "USDT", "en-US", "0.00000815 USDT"],
  ["0.00292", "USD", "en-US", "$0.00292"],
  ["0.787123", "GBP", "en-GB", "£0.7871"],
  ["5", null, "en-US", "5.00"],
  [null, "USD", "en-US", "–"],
  ["nonsense", "USD", "en-US", "–"],
])("%s %s in %s", (amount, currency, locale, want) => {
  expect(plain(money(amount, currency, locale))).toBe(want);
});

test("a quantity keeps all its digits", () => {
  const amount = "99999999999999999999.123456789012345678";
  expect(decimal(amount, "en-US")).toBe("99,999,999,999,999,999,999.123456789012345678");
  expect(plain(decimal(amount, "fr-FR"))).toBe("99 999 999 999 999 999 999,123456789012345678");
  expect(decimal("1.5", "en-US", 2, 2)).toBe("1.50");
});

test("changes and shares", () => {
  expect(change("3", "USD", "en-US")).toBe("+$3.00");
  expect(change("-3", "USD", "en-US")).toBe("-$3.00");
  expect(change("0.00", "USD", "en-US")).toBe("$0.00");
  expect(percent("0.0123", "en-US")).toBe("+1.23%");
  expect(percent("0.3333", "en-US", false)).toBe("33.3%");
  expect(percentPoints("-1.18", "en-US")).toBe("-1.18%");
  expect(plain(percentPoints("1.18", "fr-FR"))).toBe("+1,18 %");
});

test.each([
  [12, "12 ms"],
  [8900, "8.9 s"],
  [61_000, "61 s"],
  [600_000, "10 min"],
])("%i ms", (millis, want) => {
  expect(duration(millis, "en-US")).toBe(want);
});
