import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { currentOwner, isAlive, isRunning, parseProcessStat, processStat } from "./owner.ts";

describe("an owner", () => {
  test("of this process is alive", () => {
    const owner = currentOwner("run", process.pid);
    expect(owner.lab).toMatch(new RegExp(`^[0-9a-f-]{36}:${process.pid}:\\d+:${hostname()}$`));
    expect(isAlive(owner)).toBe(true);
  });

  test("is dead once its process has ended", async () => {
    const child = spawn("cat");
    await once(child, "spawn");
    const owner = currentOwner("run", child.pid as number);
    expect(isAlive(owner)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(isAlive(owner)).toBe(false);
  });

  test("is dead after another boot, and when the number went to another process", () => {
    const { lab } = currentOwner("run", process.pid);
    const [boot, pid, ticks, host] = lab.split(":");
    expect(isAlive({ runId: "run", lab: `other-${boot}:${pid}:${ticks}:${host}` })).toBe(false);
    expect(isAlive({ runId: "run", lab: `${boot}:${pid}:${Number(ticks) + 1}:${host}` })).toBe(false);
  });

  test.each(["another machine's", "1:2", "", "boot:x:1:host"])(
    "that nobody here can judge (%j) counts as alive",
    (lab) => {
      expect(isAlive({ runId: "run", lab })).toBe(true);
      expect(isAlive({ runId: "run", lab: "boot:1:1:some-other-host" })).toBe(true);
    },
  );

  test("without start times is judged by its number alone", () => {
    const [boot, pid, , host] = currentOwner("run", process.pid).lab.split(":");
    expect(isAlive({ runId: "run", lab: `${boot}:${pid}::${host}` })).toBe(true);
    expect(isAlive({ runId: "run", lab: `${boot}:${2 ** 22 + 1}::${host}` })).toBe(false);
  });
});

describe("proc_pid_stat(5)", () => {
  test("whatever a process calls itself, the fields after the name are found", () => {
    const rest = Array.from({ length: 49 }, (_, i) => String(i + 4)).join(" ");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(parseProcessStat(`17 (${name}) S ${rest}\n`)).toEqual({ state: "S", startTicks: "22" });
      }),
    );
  });

  test.each(["", "17", "17 (cat) S 1 2 3", ")"])("%j says nothing", (text) => {
    expect(parseProcessStat(text)).toBeUndefined();
  });

  test("a process that has ended but was not waited for does not run", async () => {
    // What the shell has become by the time its child ends does not wait for it.
    const child = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec cat"]);
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    const zombie = Number(said.toString());
    await expect.poll(() => processStat(zombie)?.state).toBe("Z");
    expect(isRunning(zombie, processStat(zombie)?.startTicks ?? "")).toBe(false);
    child.kill("SIGKILL");
  });
});
