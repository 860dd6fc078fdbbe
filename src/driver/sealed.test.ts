import { expect, test } from "vitest";
import { seal, unseal } from "./sealed.ts";

const value = { names: ["a", "b\n"], count: 2 };

test("a sealed value is what it was", () => {
  expect(unseal(seal(value))).toEqual(value);
});

test.each([
  ["cut", (text: string) => text.slice(0, text.length / 2)],
  ["cut by one", (text: string) => text.slice(0, -2)],
  ["empty", () => ""],
  ["still JSON, and another", (text: string) => text.replace('"a"', '"c"')],
  ["without its seal", () => JSON.stringify(value)],
])("one that was changed is refused: %s", (_what, change) => {
  expect(() => unseal(change(seal(value)))).toThrow("cut or changed");
});
