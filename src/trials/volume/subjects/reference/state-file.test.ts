import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { type State, StateFile } from "./state-file.ts";

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-state-"));
const place = path.join(directory, "state");

beforeEach(() => fs.rmSync(place, { recursive: true, force: true }));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function stateOf(epoch: number): State {
  return { version: 1, epoch, volumes: { v: {} }, references: { v: { a: { count: 2, epoch } } } };
}

test("what was saved is read, and is nobody else's to read", async () => {
  const file = new StateFile(place);
  expect(await file.read()).toEqual({ kind: "none" });
  await file.save(() => stateOf(7));
  expect(await new StateFile(place).read()).toEqual({ kind: "state", state: stateOf(7) });
  expect(fs.statSync(file.path).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(place)).toEqual(["state.json"]);
});

test("who asks while it is written gets what is true then, in few writes", async () => {
  const file = new StateFile(place);
  const taken: number[] = [];
  let epoch = 0;
  const take = () => {
    taken.push(epoch);
    return stateOf(epoch + 1);
  };
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      epoch += 1;
      const asked = epoch;
      await file.save(take);
      expect(taken.some((at) => at >= asked)).toBe(true);
    }),
  );
  expect(taken.length).toBeLessThan(5);
  expect(await file.read()).toEqual({ kind: "state", state: stateOf(101) });
});

test("a write that fails fails for who asked, and the next one is tried", async () => {
  const file = new StateFile(place);
  fs.writeFileSync(place, "in the way");
  await expect(file.save(() => stateOf(1))).rejects.toThrow("EEXIST");
  fs.rmSync(place);
  await file.save(() => stateOf(2));
  expect(await file.read()).toEqual({ kind: "state", state: stateOf(2) });
});

test.each([
  ["cut", JSON.stringify(stateOf(1)).slice(0, 30)],
  ["empty", ""],
  ["of another version", JSON.stringify({ ...stateOf(1), version: 2 })],
  ["with a count of 0", JSON.stringify({ ...stateOf(1), references: { v: { a: { count: 0, epoch: 1 } } } })],
])("a file that is %s is lost, and says so", async (_what, text) => {
  fs.mkdirSync(place);
  fs.writeFileSync(path.join(place, "state.json"), text);
  expect(await new StateFile(place).read()).toMatchObject({ kind: "lost", why: expect.any(String) });
});
