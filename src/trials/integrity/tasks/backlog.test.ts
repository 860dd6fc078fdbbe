import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Region, Workload } from "../model.ts";
import type { Step } from "../oracle/schedule.ts";
import { Backlog } from "./backlog.ts";

const REGION: Region = { id: 1, kind: "in-place", slots: 4, slotBytes: 4096 };
const WORKLOAD: Workload = {
  runId: "00112233445566778899aabbccddeeff",
  regions: [REGION],
  workers: 1,
  order: "sequential",
  sync: { call: "fsync", everySteps: 1 },
};

let directory = "";
let backlog: Backlog;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-backlog-"));
  // Nothing was ever written: every slot that is looked at is a damage.
  fs.writeFileSync(path.join(directory, "region-1.data"), Buffer.alloc(4 * 4096));
  backlog = new Backlog({ directory, workload: WORKLOAD, path: "buffered", epoch: 1 });
});
afterEach(() => {
  backlog.close();
  fs.rmSync(directory, { recursive: true });
});

const step = (slot: number, generation = 1): Step => ({ region: 1, slot, generation, step: slot, sequence: slot });

/** Blocks that a look finds fault with. */
function lookedAt(slots = 10): number[] {
  backlog.look(slots);
  return backlog.take().damages.map(({ block }) => block);
}

test("what no sync covers is not looked at", () => {
  backlog.wrote(step(0));
  expect(lookedAt()).toEqual([]);
  backlog.synced();
  expect(lookedAt()).toEqual([0]);
});

test("each is looked at once, the newest first of all", () => {
  for (const slot of [2, 0, 1]) backlog.wrote(step(slot));
  backlog.synced();
  expect(lookedAt(2)).toEqual([0, 1]);
  expect(lookedAt()).toEqual([]);
});

test("what is written again, or failed to be, is not looked at", () => {
  for (const slot of [0, 1, 2]) backlog.wrote(step(slot));
  backlog.synced();
  backlog.wrote(step(0, 2));
  backlog.forget(step(1, 2));
  expect(lookedAt()).toEqual([2]);
});

test("what a failed sync covered is not looked at, whatever comes after", () => {
  backlog.wrote(step(0));
  backlog.forgetUnsynced();
  backlog.wrote(step(1));
  backlog.synced();
  expect(lookedAt()).toEqual([1]);
});
