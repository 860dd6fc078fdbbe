// A lab in a process of its own, to be killed or to run out of disk: `node child.mjs MODE FOLDER [OPERATIONS]`.
import fs from "node:fs";
import path from "node:path";
import v8 from "node:v8";
import { createSystemClock } from "../../../src/core/clock.ts";
import { SeatrialError } from "../../../src/core/errors.ts";
import { judgeRun } from "../../../src/engine/judge.ts";
import { createLab } from "../../../src/engine/lab.ts";
import { currentOwner } from "../../../src/store/owner.ts";
import { openRun } from "../../../src/store/reader.ts";
import { reportText } from "../../../src/store/save-report.ts";
import { createRun } from "../../../src/store/writer.ts";
import { createInProcessAgent, createSimulatedRuntime } from "../../../src/testing/index.ts";
import { placebo, placeboTasks } from "../../fixtures/placebo.ts";
import { manifestDraft } from "../../fixtures/runs.ts";

// As the command does: short-lived events otherwise grow the young generation by 45 MB and gain 5 % of time.
v8.setFlagsFromString("--semi-space-growth-factor=1");

const [, , mode, folder = ".", operations = "0"] = process.argv;

function lab() {
  return createLab({
    runtime: createSimulatedRuntime({ tasks: placeboTasks }),
    faults: [],
    clock: createSystemClock(),
    // The count of operations whose both lines were written, each told as soon as it holds.
    reporter: { hear: (news) => mode === "tell" && news.kind === "progress" && fs.writeSync(1, `${news.done}\n`) },
    runsFolder: path.join(folder, "runs"),
    stateDir: path.join(folder, "..", "state"),
    seatrialVersion: "0.0.0-test",
    labId: currentOwner("", process.pid).lab,
    startHostAgent: () => createInProcessAgent(placeboTasks),
    signal: new AbortController().signal,
    cleanupBudgetMs: 5000,
    stopGraceMs: 1000,
  });
}

/** Fills the disk with the lab's own words. */
function fill() {
  const run = createRun(path.join(folder, "runs"), manifestDraft());
  try {
    for (;;) run.lab.write(0, { kind: "interrupted", by: "x".repeat(960) });
  } catch (error) {
    const read = [...openRun(run.folder).readLab()].length;
    return {
      code: (error as SeatrialError).code,
      written: run.lab.count,
      read,
      files: fs.readdirSync(run.folder).sort(),
    };
  }
}

async function main() {
  if (mode === "fill") return fill();
  const options = { operations: Number(operations) };
  const trials = [{ trial: placebo, options, command: "seatrial run placebo" }];
  const { run, report, storageError } = await lab().run({ trials, seed: "7", command: "seatrial run" });
  const again = judgeRun(openRun(run.folder), [placebo]);
  return {
    verdict: report.verdict,
    ended: report.ended,
    problems: report.problems,
    reason: report.trials[0]?.reason,
    count: report.trials[0]?.summaries[0]?.count,
    storageCode: storageError?.code,
    sameAgain: reportText(again) === reportText(report),
    files: fs.readdirSync(run.folder).sort(),
    maxResidentKib: process.resourceUsage().maxRSS,
  };
}

try {
  fs.writeSync(1, `${JSON.stringify(await main())}\n`);
} catch (error) {
  if (!(error instanceof SeatrialError)) throw error;
  fs.writeSync(1, `${JSON.stringify({ code: error.code, remedy: error.remedy })}\n`);
}
