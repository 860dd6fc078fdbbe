import { describe, expect, test } from "vitest";
import { mountFlags, readOptions, sameOptions } from "./options.ts";

const read = (options: Record<string, string>) => readOptions(new Map(Object.entries(options)));

test("what is not given is usual", () => {
  expect(read({})).toEqual({ mode: 0o755, uid: 0, gid: 0, nosuid: false, nodev: false });
  expect(read({ mode: "0750", uid: "1000", nosuid: "", nodev: "false" })).toEqual({
    ...{ mode: 0o750, uid: 1000, gid: 0, nosuid: true, nodev: false },
  });
});

test("one volume can be asked for in several ways", () => {
  expect(sameOptions(read({}), read({ mode: "755", uid: "0" }))).toBe(true);
  expect(sameOptions(read({}), read({ nodev: "true" }))).toBe(false);
});

test("flags are those of mount(8)", () => {
  expect(mountFlags(read({ nosuid: "true", nodev: "" }))).toEqual(["nosuid", "nodev"]);
});

describe("refused by the option's name", () => {
  test.each([
    [{ mode: "999" }, "mode"],
    [{ mode: "0755,suid" }, "mode"],
    [{ uid: "-1" }, "uid"],
    [{ gid: "1e3" }, "gid"],
    [{ nosuid: "yes\nplease" }, "nosuid"],
    [{ __proto__: null, toString: "x" }, "toString"],
    [{ secret: "hush" }, "secret"],
  ])("%o", (options, name) => {
    expect(() => read(options as unknown as Record<string, string>)).toThrow(name);
  });
});

test("no value is in a refusal, and no long name", () => {
  expect(() => read({ password: "hush" })).not.toThrow("hush");
  expect(() => read({ mode: "hush" })).not.toThrow("hush");
  expect(() => read({ ["x".repeat(5000)]: "" })).toThrow(/^.{1,200}$/);
});
