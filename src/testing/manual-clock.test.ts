import { describe, expect, it } from "vitest";
import { createManualClock } from "./manual-clock.ts";

const never = new AbortController().signal;

describe("a manual clock", () => {
  it("stands still until it is turned, and wakes sleepers at their time", async () => {
    const clock = createManualClock(new Date(1000));
    const woken: [string, number][] = [];
    const sleep = async (name: string, durationMs: number) => {
      await clock.sleep(durationMs, never);
      woken.push([name, clock.nowNs() / 1e6]);
    };
    void sleep("late", 20);
    void sleep("early", 10).then(() => sleep("again", 5));
    await clock.advance(9);
    expect(woken).toEqual([]);
    await clock.advance(91);
    expect(woken).toEqual([
      ["early", 10],
      ["again", 15],
      ["late", 20],
    ]);
    expect(clock.nowNs()).toBe(100e6);
    expect(clock.wallTime()).toEqual(new Date(1100));
  });

  it("ends a sleep with the signal's reason", async () => {
    const clock = createManualClock();
    const abort = new AbortController();
    const sleep = clock.sleep(10, abort.signal);
    abort.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    await expect(clock.sleep(10, abort.signal)).rejects.toThrow("enough");
  });
});
