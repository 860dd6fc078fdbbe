import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { signalMembers } from "./members.ts";

test("a process that is in no container of its own is refused, and nothing is signalled", async () => {
  const child = spawn("cat");
  await once(child, "spawn");
  await expect(signalMembers(child.pid as number, "SIGSTOP")).rejects.toThrow("nothing was signalled");
  const echoed = once(child.stdout, "data");
  child.stdin.end("awake");
  expect(String(await echoed)).toBe("awake");
});

test("a process that has ended has nobody to signal", async () => {
  const child = spawn("true");
  await once(child, "close");
  await expect(signalMembers(child.pid as number, "SIGSTOP")).resolves.toBeUndefined();
});
