import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import { createLaboratory } from "../../test/fixtures/laboratory.ts";
import { freeze, placebo } from "../../test/fixtures/placebo.ts";
import { manifestDraft, sampleOperation } from "../../test/fixtures/runs.ts";
import { defineFault, type PlannedFault } from "../core/fault.ts";
import type { Trial } from "../core/trial.ts";
import { openRun } from "../store/reader.ts";
import { createRun } from "../store/writer.ts";
import {
  createManualClock,
  createSimulatedRuntime,
  type ManualClock,
  type SimulatedRuntime,
} from "../testing/index.ts";
import { createNemesis, type Nemesis } from "./nemesis.ts";

const planned = (id: string, startMs: number, durationMs: number, spec: object = {}): PlannedFault => ({
  id,
  kind: "freeze",
  spec: { container: "a", ...spec },
  environment: "env",
  startMs,
  durationMs,
});

/** Takes 100 ms of the clock to inject, whatever is aborted meanwhile. */
const slow = (clock: ManualClock, healed: string[]) =>
  defineFault({
    ...freeze,
    kind: "slow",
    inject: async () => {
      await clock.sleep(100, new AbortController().signal);
      return async () => void healed.push("slow");
    },
  });

describe("a nemesis", () => {
  let clock: ManualClock;
  let runtime: SimulatedRuntime;
  let abort: AbortController;
  let events: () => string[];
  let healed: string[];
  let create: (faults: PlannedFault[]) => Promise<Nemesis>;

  beforeEach(() => {
    clock = createManualClock();
    runtime = createSimulatedRuntime({ tasks: {} });
    abort = new AbortController();
    healed = [];
    const run = createRun(temporaryFolder(), manifestDraft());
    const history = run.beginTrial("sample");
    events = () =>
      [...openRun(run.folder).readHistory("sample", sampleOperation)].map((event) =>
        "fault" in event ? `${event.timeNs / 1e6} ${event.kind} ${event.fault.id}` : event.kind,
      );
    create = async (faults) => {
      const spec = { name: "env", containers: [{ name: "a", binds: [], tmpfs: [] }] };
      const context = { owner: { runId: "r", lab: "l" }, signal: abort.signal, progress: () => {} };
      const environments = new Map([["env", await runtime.open(spec, context)]]);
      const kinds = [freeze, slow(clock, healed)];
      const budget = { healBudgetMs: 1000, onFault: () => {} };
      return createNemesis({ planned: faults, kinds, environments, history, clock, signal: abort.signal, ...budget });
    };
  });

  it("injects and heals by the clock, and records both", async () => {
    const nemesis = await create([planned("one", 100, 50), planned("two", 300, 10)]);
    const done = nemesis.start();
    await clock.advance(120);
    expect(runtime.paused).toEqual(new Set(["env/a"]));
    await clock.advance(1000);
    await done;
    expect(runtime.paused.size).toBe(0);
    const expected = [
      "100 fault-injected one",
      "150 fault-healed one",
      "300 fault-injected two",
      "310 fault-healed two",
    ];
    expect(events()).toEqual(expected);
    expect(await nemesis.healAll()).toEqual([]);
    expect(events()).toEqual(expected);
  });

  it("heals at once when the trial is over, and injects no more", async () => {
    const nemesis = await create([planned("one", 100, 10_000), planned("two", 5000, 10)]);
    const done = nemesis.start();
    await clock.advance(200);
    abort.abort(new Error("enough"));
    await expect(done).rejects.toThrow("enough");
    expect(nemesis.pending()).toEqual(["heal one (freeze)"]);
    expect(await nemesis.healAll()).toEqual([]);
    await clock.advance(10_000);
    expect(runtime.paused.size).toBe(0);
    expect(events()).toEqual(["100 fault-injected one", "200 fault-healed one"]);
    expect(nemesis.failure()).toBeUndefined();
  });

  it("waits for an injection that is under way, then heals it", async () => {
    const nemesis = await create([{ ...planned("one", 0, 10_000), kind: "slow" }]);
    nemesis.start().catch(() => {});
    await clock.advance(50);
    const healing = nemesis.healAll();
    expect(healed).toEqual([]);
    await clock.advance(60);
    expect(await healing).toEqual([]);
    expect(healed).toEqual(["slow"]);
  });

  it("undoes what cannot be healed only at the end, and calls it no healing", async () => {
    const nemesis = await create([planned("one", 0, 0)]);
    const done = nemesis.start();
    await clock.advance(1);
    await done;
    expect(runtime.paused.size).toBe(1);
    expect(await nemesis.healAll()).toEqual([]);
    expect(runtime.paused.size).toBe(0);
    expect(events()).toEqual(["0 fault-injected one"]);
  });

  it("tells an injection that failed, and one that could not be healed", async () => {
    const nemesis = await create([
      planned("one", 0, 5, { breaks: "inject" }),
      planned("two", 0, 5, { breaks: "heal" }),
    ]);
    const done = nemesis.start();
    done.catch(() => {});
    await clock.advance(10);
    await expect(done).rejects.toMatchObject({
      code: "FAULT_FAILED",
      message: expect.stringContaining("one") as string,
    });
    expect(nemesis.failure()).toMatchObject({ code: "FAULT_FAILED" });
    expect(await nemesis.healAll()).toEqual([]);
  });

  it("says what it could not heal at the end", async () => {
    const nemesis = await create([planned("one", 0, 10_000, { breaks: "heal" })]);
    nemesis.start().catch(() => {});
    await clock.advance(10);
    expect(await nemesis.healAll()).toEqual([{ what: "heal one (freeze)", error: "it stays cold" }]);
  });
});

/** What was rejected and handled by nobody, until the test ends. Outside of tests the first one ends the process. */
function unhandledRejections(): unknown[] {
  const seen: unknown[] = [];
  const listener = (reason: unknown) => void seen.push(reason);
  process.on("unhandledRejection", listener);
  onTestFinished(() => void process.off("unhandledRejection", listener));
  return seen;
}

describe("a trial that awaits its faults only when its load is over", () => {
  const late: Trial = {
    ...placebo,
    run: async ({ startFaults, recorder }) => {
      const faults = startFaults();
      recorder.note("the load is on");
      // Node looks for unhandled rejections between two turns of its loop.
      for (let turns = 0; turns < 5; turns++) await turn();
      await faults;
    },
  };
  const runLate = (laboratory: ReturnType<typeof createLaboratory>, fault: PlannedFault) => {
    const trials = [{ trial: late, options: { faults: [fault] }, command: "" }];
    return laboratory.lab.run({ trials, seed: "7", command: "" });
  };

  it("is interrupted before its first fault, and the process lives on", async () => {
    const unhandled = unhandledRejections();
    const laboratory = createLaboratory();
    laboratory.on("note", () => laboratory.interrupts.interrupt("SIGINT"));
    const { report } = await runLate(laboratory, planned("one", 60_000, 10));
    expect(unhandled).toEqual([]);
    expect(report).toMatchObject({ ended: "interrupted", verdict: "inconclusive", problems: [] });
    expect(laboratory.leftovers()).toEqual([]);
  });

  it("is errored by a fault that cannot be injected, and the process lives on", async () => {
    const unhandled = unhandledRejections();
    const laboratory = createLaboratory();
    const { report } = await runLate(laboratory, planned("one", 0, 10, { breaks: "inject" }));
    expect(unhandled).toEqual([]);
    expect(report.trials).toMatchObject([{ verdict: "errored", reason: expect.stringContaining("FAULT_FAILED") }]);
    expect(laboratory.leftovers()).toEqual([]);
  });
});
