import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lockState } from "./state-lock.ts";

const env = { PATH: "/usr/bin:/bin" };

function place(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-lock-"));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

test("a second driver is refused while the first one runs, and has it then", async () => {
  const directory = place();
  const first = await lockState(directory, env);
  await expect(lockState(directory, env)).rejects.toMatchObject({ code: "STATE_LOCKED" });
  first.release();
  const second = await lockState(directory, env);
  second.release();
});

test("a driver that is killed takes its lock along", async () => {
  const directory = place();
  const words = ["--exclusive", path.join(directory, "lock"), "cat"];
  const killed = spawn("flock", words, { stdio: ["pipe", "pipe", "ignore"] });
  killed.stdin.write("x");
  await new Promise((resolve) => killed.stdout.once("data", resolve));
  const waiting = lockState(directory, env);
  killed.stdin.end();
  const lock = await waiting;
  await expect(lockState(directory, env)).rejects.toMatchObject({ code: "STATE_LOCKED" });
  lock.release();
});

test("what is no directory cannot be locked", async () => {
  await expect(lockState(path.join(place(), "missing"), env)).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
  await expect(lockState(place(), { PATH: "/nowhere" })).rejects.toMatchObject({ code: "COMMAND_MISSING" });
});
