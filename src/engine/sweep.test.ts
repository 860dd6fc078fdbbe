import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import type { Owner } from "../core/runtime.ts";
import { createManualClock } from "../testing/index.ts";
import { type Sweepable, sweepableRuns, sweepAll } from "./sweep.ts";

const ownedBy = (lab: string): Sweepable => ({
  what: lab,
  sweep: async (isAlive) => (isAlive({ runId: "r", lab }) ? [] : ["a container"]),
});
const broken: Sweepable = { what: "broken", sweep: () => Promise.reject(new Error("no engine")) };
const isAlive = ({ lab }: Owner) => lab === "living";

describe("a sweep", () => {
  it("goes on after an error, and spares the living", async () => {
    const result = await sweepAll([ownedBy("living"), broken, ownedBy("dead")], isAlive, new AbortController().signal);
    expect(result).toEqual({ removed: ["dead: a container"], problems: [{ what: "broken", error: "no engine" }] });
  });

  it("removes run folders that were never finished, unless they are young", async () => {
    const runs = temporaryFolder();
    const unfinished = path.join(runs, ".new-2026-11-20T06-40-11Z-7f3a");
    fs.mkdirSync(unfinished);
    const sweepAt = (ageMs: number) => {
      const clock = createManualClock(new Date(fs.statSync(unfinished).mtimeMs + ageMs));
      return sweepAll([sweepableRuns(runs, clock)], isAlive, new AbortController().signal);
    };
    expect(await sweepAt(3_000_000)).toEqual({ removed: [], problems: [] });
    expect((await sweepAt(4_000_000)).removed).toEqual([`${runs}: removed ${unfinished}`]);
    expect(fs.readdirSync(runs)).toEqual([]);
  });
});
