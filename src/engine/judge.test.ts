import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import { createLaboratory } from "../../test/fixtures/laboratory.ts";
import { placebo } from "../../test/fixtures/placebo.ts";
import { damage, manifestDraft } from "../../test/fixtures/runs.ts";
import type { Chart, Report } from "../core/report.ts";
import { VERDICTS } from "../core/verdict.ts";
import { openRun, type StoredRun } from "../store/reader.ts";
import { renderJson } from "../report/json.ts";
import { createRun } from "../store/writer.ts";
import { reportText } from "../store/save-report.ts";
import { judgeRun, measureRun } from "./judge.ts";

const HISTORY = "placebo/history.ndjson";
const LAB = "lab.ndjson";

const judgeAgain = (run: StoredRun): Report => judgeRun(openRun(run.folder), [placebo]);
const detailsOf = (report: Report, claim: string) =>
  report.trials.flatMap(({ findings }) => findings.filter((one) => one.claim === claim).map(({ detail }) => detail));

async function passingRun(operations = 3): Promise<StoredRun> {
  const { run, report } = await createLaboratory().run({ operations });
  expect(report.verdict).toBe("pass");
  return run;
}

/** Cuts the end of one file off at every byte, as a lab that was killed then would have left it. */
async function reportsOfEveryCut(name: string): Promise<Report[]> {
  const run = await passingRun();
  const whole = fs.readFileSync(path.join(run.folder, name));
  return Array.from({ length: whole.length }, (_, lengthBytes) => {
    fs.writeFileSync(path.join(run.folder, name), whole.subarray(0, lengthBytes));
    return judgeAgain(run);
  });
}

/** Stores a completed run of the placebo with one fault, event by event. */
function storeFault(script: string, durationMs: number): StoredRun {
  const fault = { id: "f1", kind: "freeze", spec: { container: "a" }, environment: "env", startMs: 0, durationMs };
  const plan = { environments: [], faults: [fault], steps: {}, estimate: { durationMs: 1, operations: 1 } };
  const trials = [{ id: "placebo", options: {}, plan, command: "" }];
  const run = createRun(temporaryFolder(), manifestDraft({ trials }));
  const history = run.beginTrial("placebo");
  const asked = { process: "p", op: { asked: 1 } };
  const answered = { process: "p", op: { asked: 1, answered: 2 } };
  let invokeIndex = 0;
  let begunNs: number | undefined;
  run.lab.write(0, { kind: "trial-began", trial: "placebo" });
  for (const [timeNs, step] of script.split(" ").entries()) {
    if (step === "i") invokeIndex = history.write(timeNs, { kind: "invoke", ...asked });
    else if (step === "e") history.write(timeNs, { kind: "ok", ...answered, invokeIndex });
    else if (step === "u") history.write(timeNs, { kind: "unknown", ...asked, invokeIndex });
    else if (step === "B") begunNs = timeNs;
    else if (step === "I")
      history.write(timeNs, { kind: "fault-injected", fault, ...(begunNs === undefined ? {} : { begunNs }) });
    else history.write(timeNs, { kind: "fault-healed", fault });
  }
  run.lab.write(99, { kind: "trial-ended", trial: "placebo", outcome: "completed", events: history.count });
  run.lab.write(99, { kind: "run-ended", outcome: "completed" });
  run.close();
  return openRun(run.folder);
}

describe("a run that was cut short at any byte", () => {
  test.each([HISTORY, LAB])("of %s is readable and never a pass", async (name) => {
    const reports = await reportsOfEveryCut(name);
    expect(reports.length).toBeGreaterThan(200);
    expect(new Set(reports.map(({ verdict }) => verdict))).toEqual(new Set(["inconclusive"]));
    expect(reports.every(({ problems }) => problems.length > 0)).toBe(true);
  });

  it("says that the lab died, where the lab's own record ends early", async () => {
    const reports = await reportsOfEveryCut(LAB);
    expect(new Set(reports.map(({ ended }) => ended))).toEqual(new Set(["unfinished"]));
    expect(reports[0]?.trials[0]?.reason).toBe("the run ended before this trial began");
  });

  it("when everything after one moment is missing, in every file", async () => {
    const run = await passingRun();
    damage(run, LAB, (content) => `${content.toString().split("\n")[0] ?? ""}\n`);
    damage(run, HISTORY, (content) => content.subarray(0, content.length - 30));
    const report = judgeAgain(run);
    expect(report.ended).toBe("unfinished");
    expect(detailsOf(report, "lab.ended")).toEqual(["The lab died before the trial had ended."]);
    expect(report.problems).toEqual([
      expect.stringContaining(`${HISTORY} line 7: the last line is torn`),
      "the lab died before the run had ended",
    ]);
  });
});

describe("a run whose record was damaged", () => {
  const lines = (edit: (lines: string[]) => string[]) => (content: Buffer) =>
    edit(content.toString().split("\n")).join("\n");

  test.each<[string, string, (content: Buffer) => Buffer | string, string]>([
    ["a line of noise", HISTORY, lines((all) => all.with(2, "\0\0\0")), "line 3: the line is damaged"],
    [
      "another trial's line",
      HISTORY,
      lines((all) => all.with(2, (all[2] ?? "").replace('"asked":', '"x":'))),
      "line 3: the line is no event",
    ],
    ["a line less", HISTORY, lines((all) => all.toSpliced(2, 1)), "line 3: events 2 to 2 are missing"],
    [
      "a line twice",
      HISTORY,
      lines((all) => all.toSpliced(2, 0, all[2] ?? "")),
      "line 4: event 2 stands where event 3 should",
    ],
    ["its last line less", HISTORY, lines((all) => all.toSpliced(-2, 1)), "the history holds 6 events of 7"],
    ["noise in the lab's record", LAB, lines((all) => all.with(0, "{}")), "line 1: the line is no event"],
  ])("by %s is never a pass and says where", async (_what, name, change, problem) => {
    const run = await passingRun();
    damage(run, name, change);
    const report = judgeAgain(run);
    expect(report.verdict).toBe("inconclusive");
    expect(report.problems.join("\n")).toContain(problem);
  });

  test.each([HISTORY, LAB])("by the loss of %s is never a pass", async (name) => {
    const run = await passingRun();
    fs.rmSync(path.join(run.folder, name));
    const report = judgeAgain(run);
    expect(report.verdict).toBe("inconclusive");
    expect(report.problems.join("\n")).toContain(`${name} cannot be read: ENOENT`);
  });

  it("in any way at all is still judged", async () => {
    const run = await passingRun();
    const whole = new Map([HISTORY, LAB].map((name) => [name, fs.readFileSync(path.join(run.folder, name))]));
    const byte = fc.integer({ min: 0, max: 700 });
    const harm = fc.record({
      name: fc.constantFrom(HISTORY, LAB),
      from: byte,
      to: byte,
      noise: fc.uint8Array({ maxLength: 40 }),
    });
    const judgeHarmed = (harms: { name: string; from: number; to: number; noise: Uint8Array }[]) => {
      for (const [name, content] of whole) damage(run, name, () => content);
      for (const { name, from, to, noise } of harms)
        damage(run, name, (content) => Buffer.concat([content.subarray(0, from), noise, content.subarray(to)]));
      expect(VERDICTS).toContain(judgeAgain(run).verdict);
    };
    fc.assert(fc.property(fc.array(harm, { minLength: 1, maxLength: 4 }), judgeHarmed), { numRuns: 300 });
  });

  it("is judged by checkers that know that evidence is missing", async () => {
    const seen: boolean[] = [];
    const curious = {
      ...placebo,
      charts: ({ complete }: { complete: boolean }) => {
        seen.push(complete);
        return { see: () => {}, finish: () => [] };
      },
    };
    const run = await passingRun();
    judgeRun(openRun(run.folder), [curious]);
    damage(
      run,
      HISTORY,
      lines((all) => all.with(2, "?")),
    );
    judgeRun(openRun(run.folder), [curious]);
    expect(seen).toEqual([true, true, false]);
  });

  it("keeps a failure that was seen", async () => {
    const { run } = await createLaboratory().run({ subject: "liar" });
    damage(run, HISTORY, (content) => content.subarray(0, content.length - 1));
    expect(judgeAgain(run).verdict).toBe("fail");
  });
});

describe("judging", () => {
  it("does not take options that the trial no longer takes", async () => {
    const run = await passingRun();
    damage(run, "manifest.json", (content) => content.toString().replace('"operations": 3', '"operations": -3'));
    const report = judgeAgain(run);
    expect(report.verdict).toBe("errored");
  });

  it("is inconclusive where planned faults were not injected", async () => {
    const fault = {
      id: "late",
      kind: "freeze",
      spec: { container: "a" },
      environment: "env",
      startMs: 0,
      durationMs: 0,
    };
    const run = await passingRun();
    damage(run, "manifest.json", (content) =>
      content.toString().replace('"faults": [],\n        "steps"', `"faults": [${JSON.stringify(fault)}],"steps"`),
    );
    const report = judgeAgain(run);
    expect(report.verdict).toBe("inconclusive");
    expect(detailsOf(report, "lab.faults")).toEqual(["0 of 1 were."]);
  });

  // The history of a fault: (i)nvoke, its (e)nd or an end that is (u)nknown, an injection (B)egun, (I)njected
  // and (H)ealed.
  test.each([
    ["met by an operation of its own time", "i e I i e H", 10, "pass"],
    ["met by one that it kept until it was healed", "i e i I H e", 10, "pass"],
    ["met by one that it ended before it was known to be injected", "i e i B u I H", 10, "pass"],
    ["begun only after it had ended", "i e i u B I H", 10, "inconclusive"],
    ["met by one that began before its healing", "i e I i H e", 10, "pass"],
    ["met by one whose end nobody knows", "i e I i u H", 10, "pass"],
    ["that came after the last operation", "i e I H", 10, "inconclusive"],
    ["that came between two operations", "i e I H i e", 10, "inconclusive"],
    ["met only by an operation without an end", "i e I i H", 10, "inconclusive"],
    ["never healed, and met later", "i e I i e", 0, "pass"],
    ["never healed, and met at once", "i e i I e", 0, "pass"],
    ["never healed and never met", "i e I", 0, "inconclusive"],
  ])("of a fault %s (%s)", (_what, script, durationMs, verdict) => {
    const report = judgeRun(storeFault(script, durationMs), [placebo]);
    expect(report.verdict).toBe(verdict);
    expect(detailsOf(report, "lab.faults")).toEqual(
      verdict === "pass" ? [] : ["No operation was under way while f1 (freeze) lasted and came to an end."],
    );
  });

  it("makes no pass of a trial without claims", async () => {
    const run = await passingRun();
    expect(judgeRun(openRun(run.folder), [{ ...placebo, checkers: [] }]).verdict).toBe("inconclusive");
  });

  it("blames the trial for numbers that no report can hold", async () => {
    const charts = () => ({
      see: () => {},
      finish: () => [{ id: "c", kind: "bar", series: [{ name: "s", values: [Number.NaN] }] }] as unknown as Chart[],
    });
    const report = judgeRun(openRun((await passingRun()).folder), [{ ...placebo, charts }]);
    expect(report.verdict).toBe("errored");
    expect(report.trials[0]?.reason).toContain("breaks the schema of reports");
  });

  it("gives the same text as the renderer of JSON", async () => {
    const report = judgeAgain(await passingRun());
    expect(reportText(report)).toBe(renderJson(report));
  });

  it("gives the series behind the numbers, for comparing", async () => {
    const run = await passingRun(4);
    expect(measureRun(openRun(run.folder), [placebo])[0]?.series[0]?.values).toHaveLength(4);
    expect(measureRun(openRun(run.folder), [])).toEqual([]);
  });
});
