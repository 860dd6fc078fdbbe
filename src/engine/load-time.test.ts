import { describe, expect, test } from "vitest";
import { createManualClock } from "../testing/index.ts";
import { startLoadTime } from "./load-time.ts";

const never = new AbortController().signal;

function begin() {
  const clock = createManualClock();
  const load = startLoadTime(clock);
  const reached: [loadMs: number, atMs: number][] = [];
  const wait = (loadMs: number) =>
    load.until(loadMs, never).then(() => void reached.push([loadMs, clock.nowNs() / 1e6]));
  return { clock, load, reached, wait };
}

describe("the time of a load", () => {
  test("passes as the clock does while nobody holds it", async () => {
    const { clock, reached, wait } = begin();
    void wait(100);
    void wait(50);
    await clock.advance(200);
    expect(reached).toEqual([
      [50, 50],
      [100, 100],
    ]);
  });

  test("stands still while it is held, also for those who were waiting before", async () => {
    const { clock, load, reached, wait } = begin();
    void wait(100);
    await clock.advance(40);
    const letGo = load.hold();
    await clock.advance(500);
    expect(reached).toEqual([]);
    letGo();
    await clock.advance(59);
    expect(reached).toEqual([]);
    await clock.advance(2);
    expect(reached).toEqual([[100, 600]]);
  });

  test("goes on when the last of several holds is let go, each once", async () => {
    const { clock, load, reached, wait } = begin();
    void wait(10);
    const [first, second] = [load.hold(), load.hold()];
    first();
    first();
    await clock.advance(100);
    expect(reached).toEqual([]);
    second();
    await clock.advance(10);
    expect(reached).toEqual([[10, 110]]);
  });

  test("an abort ends the waiting, held or not", async () => {
    const { load } = begin();
    const abort = new AbortController();
    const waiting = load.until(10, abort.signal);
    load.hold();
    const held = load.until(0, abort.signal);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(held).rejects.toThrow("enough");
  });
});
