import { expect, test } from "vitest";
import { parsePattern } from "./pattern.ts";

// Each row was written with fio 3.33 and read back with xxd.
test.each<[text: string, bytes: string]>([
  ["0x0123456789abcdef", "0123456789abcdef"],
  ["0x123", "0123"],
  ["0xABCDEF", "abcdef"],
  ["305419896", "78563412"],
  ["0123", "7b"],
  ["0", "00"],
  ['"abcd"', "61626364"],
  [" 0xff\n", "ff"],
])("fio writes %j as %s", (text, bytes) => {
  expect(parsePattern(text)?.toString("hex")).toBe(bytes);
});

test.each(["", "0x", "0xfg", "zz", '""', "%o", '0xff"a"', `0x${"ff".repeat(513)}`])("%j is no pattern", (text) => {
  expect(parsePattern(text)).toBeUndefined();
});
