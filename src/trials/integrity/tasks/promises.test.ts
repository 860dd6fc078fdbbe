import { expect, test } from "vitest";
import { WorkerPromises } from "./promises.ts";

test("a sync covers the steps done when it was submitted", () => {
  const promises = new WorkerPromises(40);
  expect(promises.synced).toBe(40);
  promises.syncedTo(44);
  expect(promises.synced).toBe(44);
  expect(promises.takeDoomed()).toEqual([]);
});

test("a failed sync dooms everything since the last good one, and a later success undoes nothing", () => {
  const promises = new WorkerPromises(0);
  promises.syncedTo(4);
  promises.syncFailed(9);
  expect(promises.synced).toBe(4);
  promises.syncedTo(12);
  expect(promises.synced).toBe(12);
  expect(promises.takeDoomed()).toEqual([[4, 9]]);
});

test("a second failed sync dooms only what came after the first", () => {
  const promises = new WorkerPromises(0);
  promises.syncFailed(3);
  promises.takeDoomed();
  promises.syncFailed(5);
  expect(promises.takeDoomed()).toEqual([[3, 5]]);
});

test("failed writes are doomed one by one, and told of once", () => {
  const promises = new WorkerPromises(0);
  promises.writeFailed(1);
  promises.writeFailed(2);
  promises.writeFailed(5);
  expect(promises.takeDoomed()).toEqual([
    [1, 3],
    [5, 6],
  ]);
  expect(promises.takeDoomed()).toEqual([]);
});

test("a failed sync swallows the failed writes before it", () => {
  const promises = new WorkerPromises(0);
  promises.writeFailed(1);
  promises.writeFailed(5);
  promises.syncFailed(8);
  expect(promises.takeDoomed()).toEqual([[0, 8]]);
});
