import { expect, test } from "vitest";
import { namedOptions } from "./named-options.ts";

test.each([
  ["m06-mi7x2k1q-0", "m06-mi7x2k1q-0"],
  ["Some_name.1", "Some_name.1"],
  ["../../etc", "--..-etc"],
  ["..", "-"],
  ["a/b\0c", "a-b-c"],
  ["$&", "--"],
])("%j in options is %s", (name, told) => {
  expect(namedOptions({ path: "/srv/{name}", both: "{name}:{name}", size: "1g" }, name)).toEqual({
    path: `/srv/${told}`,
    both: `${told}:${told}`,
    size: "1g",
  });
});

test("a name that is too long for a file is cut", () => {
  expect(namedOptions({ path: "{name}" }, "x".repeat(5000))["path"]).toHaveLength(100);
});

test("what is no text goes out as it is", () => {
  expect(namedOptions({ a: 5, b: null } as never, "v")).toEqual({ a: 5, b: null });
});
