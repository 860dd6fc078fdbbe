import { describe, expect, test } from "vitest";
import { outcomeOf, Refused } from "./orders.ts";

/** What an answer of the cluster is thrown as. */
function thrown(code: string, text: string): unknown {
  try {
    outcomeOf(code, text);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("what the cluster answers", () => {
  test("JSON, text, or nothing", () => {
    expect(outcomeOf(undefined, '\n[{"name":"a"}]\n')).toEqual([{ name: "a" }]);
    expect(outcomeOf(undefined, "AQCPbwBrkFN4KhAA==\n")).toBe("AQCPbwBrkFN4KhAA==");
    expect(outcomeOf(undefined, "\n")).toBeUndefined();
  });

  test("a refusal has its code and its first line", () => {
    const error = thrown("ENOENT", "subvolume 'a' does not exist\nmore");
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ code: "ENOENT", message: "subvolume 'a' does not exist" });
  });

  test("a stack of calls is told by its last line", () => {
    const text = "Traceback (most recent call last):\n  File x\nValueError: invalid syntax\n";
    expect(thrown("EINVAL", text)).toMatchObject({ code: "EINVAL", message: "ValueError: invalid syntax" });
  });

  test.each([
    ["EINVAL", "no valid command found; 10 closest matches:"],
    ["EINVAL", "No handler found for 'fs subvolume ls'"],
    ["ENOTSUP", "Module 'volumes' is not enabled"],
    ["ETIMEDOUT", ""],
  ])("%s %s says nothing of volumes", (code, text) => {
    expect(thrown(code, text)).toMatchObject({ code: "BACK_END_AWAY" });
  });
});
