import { describe, expect, it } from "vitest";
import { fakeSurroundings } from "../../../test/fixtures/command-line.ts";
import { sampleReport } from "../../../test/fixtures/sample-report.ts";
import type { LabNews } from "../../engine/reporter.ts";
import { createManualClock } from "../../testing/index.ts";
import { createProgress } from "./create.ts";

const began: LabNews[] = [
  { kind: "run-began", runId: "r1", folder: "runs/r1", trials: ["mount"], seed: "7" },
  { kind: "trial-began", trial: "mount", title: "Mount", estimate: { durationMs: 30_000, operations: 4000 } },
];
const progress = (done: number): LabNews => ({ kind: "progress", trial: "mount", done, total: 4000, detail: "busy" });

async function listener(width: number, { env = {}, quiet = false } = {}) {
  const surroundings = fakeSurroundings([], { width, env });
  const clock = createManualClock(new Date("2026-11-20T06:40:11Z"));
  const told = await createProgress(surroundings, clock, { quiet, colour: false });
  return { told, clock, written: () => surroundings.written.stderr };
}

describe("in a pipe", () => {
  it("every piece of news is a whole line with a time, and nothing moves a cursor", async () => {
    const { told, clock, written } = await listener(0);
    for (const news of began) told.hear(news);
    await clock.advance(6000);
    told.hear(progress(1350));
    told.hear({ kind: "trial-ended", trial: "mount", outcome: "errored", reason: "the disk is full" });
    expect(written()).toBe(
      [
        "06:40:11 run r1 with seed 7, recorded in runs/r1",
        "06:40:11 Mount: about 30 s, at most 4,000 operations",
        "06:40:17 mount: 1,350 of 4,000, busy",
        "06:40:17 mount: errored, the disk is full",
        "",
      ].join("\n"),
    );
    for (const mover of ["\r", "\u001B"]) expect(written()).not.toContain(mover);
  });

  it("how far it is, is told at most every five seconds", async () => {
    const { told, clock, written } = await listener(0);
    for (let i = 0; i < 100; i++) {
      told.hear(progress(i));
      await clock.advance(200);
    }
    expect(written().trimEnd().split("\n")).toHaveLength(4);
  });

  it("so it is in CI, though there may be a terminal", async () => {
    const { told, written } = await listener(80, { env: { CI: "true" } });
    for (const news of began) told.hear(news);
    expect(written()).toMatch(/^06:40:11 run r1/);
  });
});

describe("in a terminal", () => {
  it("what is final stays above one block, which shows trial, bar, count and time", async () => {
    const { told, clock, written } = await listener(100);
    for (const news of began) told.hear(news);
    await clock.advance(4000);
    told.hear(progress(1000));
    expect(written()).toContain("run r1 with seed 7");
    expect(written()).toContain("Mount  4 s of about 30 s");
    expect(written()).toContain("██████░░░░░░░░░░░░░░░░░░  25 %  1,000 of 4,000  busy");
  });

  it("nothing of the block is left at the end", async () => {
    const { told, written } = await listener(100);
    for (const news of began) told.hear(news);
    told.hear({ kind: "run-ended", report: sampleReport(), folder: "runs/r1" });
    told.close();
    const lastBlock = written().lastIndexOf("░");
    expect(written().slice(lastBlock)).toContain("\u001B[");
  });
});

describe("when it is to be quiet", () => {
  it("only what could not be undone is told", async () => {
    const { told, written } = await listener(100, { quiet: true });
    for (const news of [...began, progress(1)]) told.hear(news);
    told.hear({ kind: "problem", what: "unmount /x", error: "busy" });
    expect(written()).toBe("could not undo: unmount /x: busy\n");
  });
});
