import { describe, expect, test } from "vitest";
import { runCommand } from "./command.ts";

const env = { PATH: "/usr/bin:/bin" };
const limits = (timeoutMs = 10_000, signal = new AbortController().signal) => ({ env, signal, timeoutMs });

describe("a program of the system", () => {
  test("gives its exit and both texts, and gets words as they are", async () => {
    expect(await runCommand(["printf", "%s|", "a b", "$(id)", "é"], limits())).toEqual({
      exit: 0,
      stdout: "a b|$(id)|é|",
      stderr: "",
    });
    const failed = await runCommand(["ls", "/nowhere"], limits());
    expect(failed.exit).toBe(2);
    expect(failed.stderr).toContain("/nowhere");
  });

  test("has no other environment", async () => {
    const { stdout } = await runCommand(["env"], limits());
    expect(stdout).toBe("PATH=/usr/bin:/bin\n");
  });

  test("that leaves a server behind has ended nevertheless", async () => {
    const { exit, stdout } = await runCommand(["sh", "-c", "echo started; sleep 2 & exit 3"], limits());
    expect({ exit, stdout }).toEqual({ exit: 3, stdout: "started\n" });
  });

  test("is given up when it is late", async () => {
    await expect(runCommand(["sleep", "60"], limits(20))).rejects.toMatchObject({ code: "COMMAND_LATE" });
  });

  test("is given up when nobody wants it any more", async () => {
    const gone = new AbortController();
    const running = runCommand(["sleep", "60"], limits(10_000, gone.signal));
    gone.abort(new Error("gone"));
    await expect(running).rejects.toThrow("gone");
    await expect(runCommand(["sleep", "60"], limits(10_000, gone.signal))).rejects.toThrow("gone");
  });

  test("that does not exist is said so", async () => {
    await expect(runCommand(["no-such-program"], limits())).rejects.toMatchObject({ code: "COMMAND_MISSING" });
  });
});
