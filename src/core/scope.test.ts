import { describe, expect, test } from "vitest";
import { Scope } from "./scope.ts";

describe("a scope", () => {
  test("undoes in reverse", async () => {
    const undone: string[] = [];
    const scope = new Scope();
    scope.defer("first", () => void undone.push("first"));
    scope.defer("second", async () => void undone.push("second"));
    expect(scope.pending()).toEqual(["second", "first"]);
    expect(await scope.close()).toEqual([]);
    expect(undone).toEqual(["second", "first"]);
    expect(scope.pending()).toEqual([]);
  });

  test("goes on after errors and tells all of them", async () => {
    const undone: string[] = [];
    const scope = new Scope();
    scope.defer("the directory", () => void undone.push("directory"));
    scope.defer("the mount", () => Promise.reject(new Error("busy")));
    scope.defer("the process", () => {
      throw new Error("gone");
    });
    expect(await scope.close()).toEqual([
      { what: "the process", error: "gone" },
      { what: "the mount", error: "busy" },
    ]);
    expect(undone).toEqual(["directory"]);
  });

  test("forgets what was undone by other means, and undoes nothing twice", async () => {
    const undone: string[] = [];
    const scope = new Scope();
    const forget = scope.defer("forgotten", () => void undone.push("forgotten"));
    scope.defer("kept", () => void undone.push("kept"));
    forget();
    await scope.close();
    await scope.close();
    expect(undone).toEqual(["kept"]);
  });

  test("undoes what was deferred while it was closing", async () => {
    const undone: string[] = [];
    const scope = new Scope();
    scope.defer("outer", () => {
      scope.defer("inner", () => void undone.push("inner"));
    });
    await scope.close();
    expect(undone).toEqual(["inner"]);
  });

  test("an undo that hangs uses up the budget; those after it are still begun, with an aborted signal", async () => {
    const begun: boolean[] = [];
    const scope = new Scope(20);
    scope.defer("the last", (signal) => void begun.push(signal.aborted));
    scope.defer("the hanging one", () => new Promise<void>(() => {}));
    const problems = await scope.close();
    expect(problems.map(({ what }) => what)).toEqual(["the hanging one", "the last"]);
    expect(problems[0]?.error).toContain("budget");
    expect(begun).toEqual([true]);
  });
});
