import { expect, test } from "vitest";
import { add, compare, divide, growth, isDecimal, sign, subtract, sum } from "./decimal";

const LARGE = "99999999999999999999.999999999999999999";

test("no digit is lost", () => {
  expect(add("0.1", "0.2")).toBe("0.3");
  expect(add(LARGE, "0.000000000000000001")).toBe("100000000000000000000");
  expect(subtract("1", "1.000000000000000001")).toBe("-0.000000000000000001");
  expect(sum(["1.10", "-1.1"])).toBe("0");
  expect(sum([])).toBe("0");
});

test.each([
  ["1", "2", -1],
  ["10", "9", 1],
  ["1.50", "1.5", 0],
  ["-0", "0", 0],
  ["-2", "-1", -1],
  [LARGE, "99999999999999999999.999999999999999998", 1],
])("%s beside %s", (a, b, want) => {
  expect(compare(a, b)).toBe(want);
});

test("parts and growth", () => {
  expect(divide("1", "3")).toBe("0.33333333");
  expect(divide("1", "0.00")).toBeNull();
  expect(growth("110", "100")).toBe("0.1");
  expect(growth("-50", "-100")).toBe("0.5");
  expect(growth("1", "0")).toBeNull();
});

test("signs", () => {
  expect([sign("-0.01"), sign("0.00"), sign("3")]).toEqual([-1, 0, 1]);
});

test.each(["", "1e5", "NaN", "1.", ".5", "0x10", null, 5])("%s is no decimal of ours", (text) => {
  expect(isDecimal(text)).toBe(false);
});
