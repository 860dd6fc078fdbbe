import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { createLaboratory } from "../../test/fixtures/laboratory.ts";
import { placebo } from "../../test/fixtures/placebo.ts";
import type { PlannedFault } from "../core/fault.ts";
import { openRun } from "../store/reader.ts";
import { reportText } from "../store/save-report.ts";
import { judgeRun } from "./judge.ts";
import type { RunResult } from "./lab.ts";

const fault = (overrides: Partial<PlannedFault> = {}): PlannedFault => ({
  id: "f1",
  kind: "freeze",
  spec: { container: "a" },
  environment: "env",
  startMs: 0,
  durationMs: 20,
  ...overrides,
});

const withCode = (code: string): unknown => expect.objectContaining({ code });
const claims = ({ report }: RunResult) => report.trials[0]?.findings.map(({ claim, verdict }) => `${claim} ${verdict}`);
const storedReport = ({ run }: RunResult) => fs.readFileSync(path.join(run.folder, "report.json"), "utf8");

describe("a lab with a known subject", () => {
  test.each([
    ["honest", "pass", ["placebo.truth pass"]],
    ["liar", "fail", ["placebo.truth fail"]],
    ["refuser", "fail", ["placebo.truth fail"]],
    ["crasher", "inconclusive", ["placebo.truth inconclusive", "lab.measured inconclusive"]],
  ])("judges the %s: %s", async (subject, verdict, findings) => {
    const laboratory = createLaboratory();
    const result = await laboratory.run({ subject });
    expect(result.report.verdict).toBe(verdict);
    expect(result.report.ended).toBe("completed");
    expect(result.report.problems).toEqual([]);
    expect(claims(result)).toEqual(findings);
    expect(laboratory.leftovers()).toEqual([]);
  });

  it("tells what it does, in order", async () => {
    const { news, run } = createLaboratory();
    await run({ operations: 1 });
    expect(news.map(({ kind }) => kind)).toEqual(
      "run-began trial-began note progress step trial-ended trial-judged run-ended".split(" "),
    );
  });

  it("has no opinion on nothing", async () => {
    const result = await createLaboratory().run({ operations: 0 });
    expect(result.report.verdict).toBe("inconclusive");
  });

  it("sums up what the trial measured", async () => {
    const { report } = await createLaboratory().run();
    expect(report.trials[0]?.summaries).toEqual([
      expect.objectContaining({ metric: "answer.time", unit: "ns", count: 5 }),
    ]);
  });
});

describe("the same seed", () => {
  it("gives the same plan, another seed another", async () => {
    const plans = [];
    for (const seed of ["7", "7", "8"])
      plans.push((await createLaboratory().run({}, seed)).run.manifest.trials[0]?.plan);
    expect(plans[0]).toEqual(plans[1]);
    expect(plans[0]).not.toEqual(plans[2]);
  });
});

describe("judging again", () => {
  test.each(["honest", "liar", "crasher"])(
    "gives the same bytes for the %s, from another folder too",
    async (subject) => {
      const result = await createLaboratory().run({ subject, faults: [fault()] });
      const moved = `${result.run.folder}-moved`;
      fs.renameSync(result.run.folder, moved);
      const again = judgeRun(openRun(moved), [placebo]);
      expect(reportText(again)).toBe(fs.readFileSync(path.join(moved, "report.json"), "utf8"));
      expect(reportText(again)).toBe(reportText(result.report));
    },
  );

  it("says that it does not know the trial", async () => {
    const { run } = await createLaboratory().run();
    const report = judgeRun(openRun(run.folder), []);
    expect(report.verdict).toBe("errored");
    expect(report.trials[0]?.reason).toBe("this version of seatrial has no trial placebo");
  });
});

describe("an interrupt", () => {
  it("heals, cleans up and reports what was recorded", async () => {
    const laboratory = createLaboratory();
    laboratory.on("fault", () => laboratory.interrupts.interrupt("SIGINT"));
    const result = await laboratory.run({ operations: 1000, faults: [fault({ durationMs: 60_000 })] });
    expect(result.report).toMatchObject({ ended: "interrupted", verdict: "inconclusive", problems: [] });
    expect(claims(result)).toContain("lab.ended inconclusive");
    expect(laboratory.leftovers()).toEqual([]);
    expect(laboratory.news.filter(({ kind }) => kind === "fault")).toMatchObject([
      { state: "injected" },
      { state: "healed" },
    ]);
    expect(JSON.parse(storedReport(result))).toEqual(result.report);
    expect(laboratory.interrupts.interrupt("SIGINT")).toBe("again");
  });

  it("does not wait for a trial that hears nothing", async () => {
    const laboratory = createLaboratory();
    laboratory.on("note", () => laboratory.interrupts.interrupt("SIGTERM"));
    const { report } = await laboratory.run({ breaks: "hang" });
    expect(report.ended).toBe("interrupted");
    expect(laboratory.leftovers()).toEqual([]);
  });

  it("says what an immediate end would leave behind", async () => {
    const laboratory = createLaboratory();
    let pending: string[] = [];
    laboratory.on("note", () => (pending = laboratory.lab.pending()));
    await laboratory.run();
    expect(pending.map((what) => what.replace(/ \/.*/, ""))).toEqual([
      "agent in env/a",
      "environment env",
      "working directory",
    ]);
    expect(laboratory.lab.pending()).toEqual([]);
  });

  it("before the first trial leaves no run", async () => {
    const laboratory = createLaboratory();
    laboratory.interrupts.interrupt("SIGINT");
    await expect(laboratory.run()).rejects.toThrow("interrupted by SIGINT");
    expect(fs.readdirSync(laboratory.runsFolder)).toEqual([]);
  });
});

describe("a lab that breaks", () => {
  test.each<[string, Parameters<typeof createLaboratory>[0], object, string]>([
    ["in the trial", {}, { breaks: "run" }, "the trial broke"],
    ["in a checker", {}, { breaks: "check" }, "truth: the checker broke"],
    ["in the runtime", { onOpen: () => Promise.reject(new Error("no room")) }, {}, "no room"],
    ["in an injection", {}, { faults: [fault({ spec: { container: "a", breaks: "inject" } })] }, "FAULT_FAILED"],
    ["in a healing", {}, { faults: [fault({ spec: { container: "a", breaks: "heal" } })] }, "FAULT_FAILED"],
    [
      "in an undoing at the end",
      {},
      // Frozen until the end, the container would answer nothing.
      { operations: 0, faults: [fault({ durationMs: 0, spec: { container: "a", breaks: "heal" } })] },
      "FAULT_FAILED",
    ],
    ["with its agent", { tasks: {} }, {}, "None did."],
  ])("%s never passes and never blames the subject", async (_where, simulation, options, detail) => {
    const laboratory = createLaboratory(simulation);
    const result = await laboratory.run(options);
    expect(["errored", "inconclusive"]).toContain(result.report.verdict);
    expect(JSON.stringify(result.report.trials)).toContain(detail);
    expect(laboratory.leftovers()).toEqual([]);
  });

  it("before its first trial says so in the folder too", async () => {
    const laboratory = createLaboratory();
    fs.writeFileSync(path.join(laboratory.stateDir, "ledger"), "in the way");
    await expect(laboratory.run()).rejects.toEqual(withCode("STATE_FOLDER_NOT_WRITABLE"));
    const report = judgeRun(openRun("latest", laboratory.runsFolder), [placebo]);
    expect(report).toMatchObject({ ended: "errored", verdict: "errored" });
  });

  it("in its clean-up says so and stays with its verdict", async () => {
    const laboratory = createLaboratory({ onDispose: () => Promise.reject(new Error("it is glued")) });
    const { report } = await laboratory.run();
    expect(report.verdict).toBe("pass");
    expect(report.problems).toEqual(["could not undo: environment env: it is glued"]);
  });

  it("in a clean-up that hangs ends within its budget", async () => {
    const laboratory = createLaboratory({ onDispose: () => new Promise(() => {}) });
    const { report } = await laboratory.run();
    expect(report.problems[0]).toContain("the clean-up budget is used up");
  });
});

describe("what is checked before a run", () => {
  test.each([
    ["an option out of range", { operations: -1 }, "OPTIONS_INVALID"],
    ["an unknown option", { colour: "red" }, "OPTIONS_INVALID"],
    ["an unknown fault", { faults: [fault({ kind: "flood" })] }, "PLAN_INVALID"],
    ["a fault out of its range", { faults: [fault({ spec: { container: 1 } })] }, "PLAN_INVALID"],
    ["a fault nowhere", { faults: [fault({ environment: "moon" })] }, "PLAN_INVALID"],
  ])("%s", async (_what, options, code) => {
    const laboratory = createLaboratory();
    await expect(laboratory.run(options)).rejects.toEqual(withCode(code));
    expect(fs.readdirSync(laboratory.runsFolder)).toEqual([]);
  });

  it("the runtime's fitness, with its remedies", async () => {
    const check = { id: "engine", state: "fail" as const, detail: "it is off", remedy: "Turn it on." };
    const { run } = createLaboratory({ preflight: [check] });
    await expect(run()).rejects.toThrow("engine: it is off\n  Turn it on.");
  });

  it("controls that the runtime lacks, which skip the trial with the reason", async () => {
    const { report } = await createLaboratory({ processControls: false }).run({ faults: [fault()] });
    expect(report.verdict).toBe("skipped");
    expect(report.trials[0]?.reason).toMatch(/^the runtime has no control over: process \(`seatrial doctor`/);
  });
});
