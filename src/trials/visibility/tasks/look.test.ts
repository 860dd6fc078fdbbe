import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test, vi } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { steppedClock, taskContext } from "../../../../test/fixtures/task-context.ts";
import { type LookInput, look, peek, waitUntil } from "./look.ts";

const STEP_NS = 50_000;

/** A directory in which a file comes and goes, and a reader that looks for it by stat. */
function stage(overrides: Partial<LookInput> = {}) {
  const directory = temporaryFolder();
  const file = path.join(directory, "s1");
  const input: LookInput = {
    directory,
    name: "s1",
    operation: "create",
    observer: "stat",
    state: "polling",
    budgetMs: 20,
    ...overrides,
  };
  return { input, come: () => fs.writeFileSync(file, ""), go: () => fs.rmSync(file) };
}

describe("a reader that watches", () => {
  it("is armed by the state before, brackets the change, and goes on looking for a while", async () => {
    const { input, come } = stage();
    const context = taskContext({ nowNs: steppedClock(STEP_NS, [[3e6, come]]) });
    const report = await look(input, context);
    expect(context.told).toEqual(["armed"]);
    expect(report.runs.map(([answer, , , , looks]) => [answer, looks])).toEqual([
      ["old", expect.any(Number)],
      ["new", 7],
    ]);
    const [old, fresh] = report.runs;
    expect(old?.[3]).toBeLessThanOrEqual(3e6);
    expect(fresh?.[2]).toBeGreaterThanOrEqual(3e6);
    expect((fresh?.[2] ?? 0) - (old?.[3] ?? 0)).toBeLessThan(10 * STEP_NS);
    expect(report).toMatchObject({ timedOut: false, unarmed: false, looks: (old?.[4] ?? 0) + 7 });
    expect(report.endedNs).toBeGreaterThan(fresh?.[3] ?? 0);
  });

  it("keeps what it saw after the new state", async () => {
    const { input, come, go } = stage();
    const context = taskContext({
      nowNs: steppedClock(STEP_NS, [
        [3e6, come],
        [3.4e6, go],
      ]),
    });
    const report = await look(input, context);
    expect(report.runs.map(([answer]) => answer)).toEqual(["old", "new", "old"]);
    expect(report.runs.slice(1).reduce((sum, [, , , , looks]) => sum + looks, 0)).toBe(7);
  });

  it("gives up when its time is over, and not before", async () => {
    const { input } = stage();
    const report = await look(input, taskContext({ nowNs: steppedClock(STEP_NS) }));
    expect(report).toMatchObject({ timedOut: true, unarmed: false });
    expect(report.runs.map(([answer]) => answer)).toEqual(["old"]);
    expect(report.endedNs - report.armedNs).toBeGreaterThanOrEqual(20e6);
  });

  it("looks once more when its time is over, so that a look that was held up is not the last", async () => {
    const { input, come } = stage();
    const clock = steppedClock(STEP_NS);
    let heldUpNs = 0;
    let reads = 0;
    // The change comes while a look that began before it is held up until after the end of the time.
    const nowNs = () => {
      if (++reads === 20) {
        heldUpNs = 100e6;
        come();
      }
      return clock() + heldUpNs;
    };
    const report = await look(input, taskContext({ nowNs }));
    expect(report.timedOut).toBe(false);
    expect(report.runs.map(([answer]) => answer)).toEqual(["old", "new"]);
  });

  it("is not armed by anything else, and then says that nothing was measured", async () => {
    const { input, come } = stage({ budgetMs: 3 });
    come();
    const context = taskContext({ nowNs: steppedClock(STEP_NS) });
    expect(await look(input, context)).toMatchObject({ unarmed: true, timedOut: false, runs: [], looks: 0 });
    expect(context.told).toEqual([]);
  });

  it("waits for the state before to come", async () => {
    const { input, come, go } = stage({ budgetMs: 100 });
    come();
    const report = await look(
      input,
      taskContext({
        nowNs: steppedClock(STEP_NS, [
          [1e6, go],
          [4e6, come],
        ]),
      }),
    );
    expect(report.armedNs).toBeGreaterThan(1e6);
    expect(report.runs.map(([answer]) => answer)).toEqual(["old", "new"]);
  });

  it("tells its longest pause", async () => {
    const { input, come } = stage();
    let heldUp = false;
    let nowNs = 0;
    const nowNsOf = () => {
      nowNs += STEP_NS;
      if (nowNs > 2e6 && !heldUp) {
        heldUp = true;
        nowNs += 5e6;
        come();
      }
      return nowNs;
    };
    const { maxGapNs } = await look(input, taskContext({ nowNs: nowNsOf }));
    expect(maxGapNs).toBeGreaterThanOrEqual(5e6);
    expect(maxGapNs).toBeLessThan(5.5e6);
  });

  it("stops when it is told to", async () => {
    const { input } = stage({ budgetMs: 1e9 });
    const controller = new AbortController();
    const nowNs = steppedClock(STEP_NS, [[9e6, () => controller.abort()]]);
    const report = await look(input, taskContext({ nowNs, signal: controller.signal }));
    expect(report.timedOut).toBe(false);
    expect(report.endedNs).toBeLessThan(20e6);
  });

  it("gives way once when it is armed, looks tightly at first, then with pauses that grow with the waiting", async () => {
    const pauses: number[] = [];
    vi.spyOn(Atomics, "wait").mockImplementation(
      (_array: unknown, _index: unknown, _value: unknown, pauseMs?: number) => {
        pauses.push(pauseMs ?? Infinity);
        return "timed-out";
      },
    );
    const { input } = stage({ budgetMs: 4000 });
    const { looks } = await look(input, taskContext({ nowNs: steppedClock(1e6) }));
    expect([...new Set(pauses)]).toEqual([0.05, 0.2, 0.8, 4]);
    expect(pauses.lastIndexOf(0.05)).toBe(0);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(looks).toBeGreaterThan(pauses.length);
  });

  it("keeps the first and the last of what flickers", async () => {
    const { input, come, go } = stage({ budgetMs: 2000, operation: "mkdir" });
    let present = false;
    let reads = 0;
    const nowNs = () => {
      // Every look begins and ends with a reading: the file, which is no directory, comes and goes between looks.
      reads++;
      if (reads > 10 && reads % 2 === 0) {
        if (present) go();
        else come();
        present = !present;
      }
      return reads * 2e6;
    };
    vi.spyOn(Atomics, "wait").mockReturnValue("timed-out");
    const report = await look(input, taskContext({ nowNs }));
    expect(report.timedOut).toBe(true);
    expect(report.runs.length).toBe(64);
    expect(report.runs[0]?.[1]).toBeLessThan(50e6);
    expect(report.runs.at(-1)?.[1]).toBeGreaterThan(1950e6);
  });
});

describe("a reader that has to wait for the change", () => {
  it("looks at nothing before it is armed, and does not need the state before", async () => {
    const { input, come } = stage({ state: "never" });
    come();
    const context = taskContext({ nowNs: steppedClock(STEP_NS) });
    const report = await look(input, context);
    expect(context.told).toEqual(["armed"]);
    expect(report.runs.map(([answer, , , , looks]) => [answer, looks])).toEqual([["new", 7]]);
  });

  it("peeks once at the state before, or says that it is not there", async () => {
    const { input, come } = stage({ state: "looked", budgetMs: 3 });
    expect(await peek(input, taskContext({ nowNs: steppedClock(STEP_NS) }))).toEqual({ armed: true });
    come();
    expect(await peek(input, taskContext({ nowNs: steppedClock(STEP_NS) }))).toEqual({ armed: false });
  });
});

describe("waiting for a point in time", () => {
  const soonNs = (ms: number) => taskContext().nowNs() + ms * 1e6;

  test("ends no sooner, by sleep and by haste", async () => {
    for (const ms of [1, 12]) {
      const untilNs = soonNs(ms);
      await waitUntil(untilNs, taskContext());
      expect(taskContext().nowNs()).toBeGreaterThanOrEqual(untilNs);
    }
  });

  test("is over at once where it has passed, or when it is cancelled", async () => {
    await waitUntil(0, taskContext());
    const untilNs = soonNs(600_000);
    await waitUntil(untilNs, taskContext({ signal: AbortSignal.abort() }));
    expect(taskContext().nowNs()).toBeLessThan(untilNs);
  });
});
