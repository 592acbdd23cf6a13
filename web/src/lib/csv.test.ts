import { expect, test } from "vitest";
import { toCsv } from "./csv";

test("cells are quoted where they must be, and formulas are disarmed", () => {
  const rows = [
    ["plain", "a,b", 'say "x"', "two\nlines"],
    ["=1+1", "@cmd", "+A1", "-5.5"],
    [null, 7, true, { a: 1 }],
  ];
  expect(toCsv(["a", "b", "c", "d"], rows)).toBe(
    'a,b,c,d\r\nplain,"a,b","say ""x""","two\nlines"\r\n' + "'=1+1,'@cmd,'+A1,-5.5\r\n" + ',7,true,"{""a"":1}"\r\n',
  );
});
