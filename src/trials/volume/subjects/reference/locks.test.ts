import { expect, test } from "vitest";
import { Locks } from "./locks.ts";

const { signal } = new AbortController();

/** A promise that is kept when it is told. */
function newGate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

test("work on one volume is done in order, work on another meanwhile", async () => {
  const locks = new Locks();
  const done: string[] = [];
  const gate = newGate();
  const first = locks.with("v", signal, () => gate.promise.then(() => done.push("first")));
  const second = locks.with("v", signal, async () => done.push("second"));
  await locks.with("w", signal, async () => done.push("other"));
  expect(done).toEqual(["other"]);
  gate.resolve();
  await Promise.all([first, second]);
  expect(done).toEqual(["other", "first", "second"]);
});

test("work that fails lets go", async () => {
  const locks = new Locks();
  const failed = locks.with("v", signal, () => Promise.reject(new Error("no")));
  await expect(failed).rejects.toThrow("no");
  await expect(locks.with("v", signal, async () => "next")).resolves.toBe("next");
});

test("who has given up is passed over", async () => {
  const locks = new Locks();
  const gate = newGate();
  const giveUp = new AbortController();
  const done: string[] = [];
  const first = locks.with("v", signal, () => gate.promise);
  const waiting = locks.with("v", giveUp.signal, async () => done.push("given up"));
  const last = locks.with("v", signal, async () => done.push("last"));
  giveUp.abort(new Error("gone"));
  gate.resolve();
  await expect(waiting).rejects.toThrow("gone");
  await Promise.all([first, last]);
  expect(done).toEqual(["last"]);
});
