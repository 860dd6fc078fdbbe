import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { taskContext } from "../../../../test/fixtures/task-context.ts";
import type { Region } from "../model.ts";
import { prepare } from "./prepare.ts";

const REGIONS: Region[] = [
  { id: 1, kind: "in-place", slots: 16, slotBytes: 8192 },
  { id: 2, kind: "append", slots: 16, slotBytes: 4096 },
  { id: 3, kind: "files", slots: 4, slotBytes: 4096 },
  { id: 4, kind: "replace", slots: 4, slotBytes: 4096 },
];
const workload = {
  runId: "00112233445566778899aabbccddeeff",
  regions: REGIONS,
  workers: 1,
  order: "random",
  sync: { call: "fsync", everySteps: 1 },
} as const;

let directory = "";
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-prepare-"));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

test("regions are made empty, an in-place one in its full size without taking room", () => {
  prepare({ directory, workload: { ...workload, regions: REGIONS } }, taskContext({ nowNs: () => 0 }));
  expect(fs.readdirSync(directory).sort()).toEqual(["region-1.data", "region-2.log", "region-3", "region-4"]);
  expect(fs.statSync(path.join(directory, "region-1.data"))).toMatchObject({ size: 16 * 8192, blocks: 0 });
  expect(fs.statSync(path.join(directory, "region-2.log")).size).toBe(0);
  expect(fs.readdirSync(path.join(directory, "region-3"))).toEqual([]);
});

test("it tells the file system in the kernel's words", () => {
  const result = prepare({ directory, workload: { ...workload, regions: [] } }, taskContext({ nowNs: () => 0 }));
  expect(result?.fileSystem).toMatch(/^\w+ (rw|0x)/);
});

test("what is there stays as it is", () => {
  fs.writeFileSync(path.join(directory, "region-1.data"), "evidence");
  expect(() =>
    prepare({ directory, workload: { ...workload, regions: REGIONS } }, taskContext({ nowNs: () => 0 })),
  ).toThrow("EEXIST");
  expect(fs.readFileSync(path.join(directory, "region-1.data"), "utf8")).toBe("evidence");
});
