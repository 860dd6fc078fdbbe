import { describe, expect, test } from "vitest";
import { createSystemClock } from "./clock.ts";

describe("the system clock", () => {
  test("counts from its origin and never goes back", () => {
    const clock = createSystemClock();
    const [first, second] = [clock.nowNs(), clock.nowNs()];
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThan(1e9);
    expect(second).toBeGreaterThanOrEqual(first);
  });

  test("two clocks of one origin agree", () => {
    const clock = createSystemClock();
    const other = createSystemClock(clock.originNs);
    const between = [clock.nowNs(), other.nowNs(), clock.nowNs()];
    expect(between).toEqual([...between].sort((a, b) => a - b));
  });

  test("sleeps at least as long as asked", async () => {
    const clock = createSystemClock();
    const startedNs = clock.nowNs();
    await clock.sleep(15, new AbortController().signal);
    // Node's timers count whole milliseconds and may fire up to one early.
    expect(clock.nowNs() - startedNs).toBeGreaterThanOrEqual(14e6);
  });

  test("an aborted sleep rejects with the reason, before and while", async () => {
    const clock = createSystemClock();
    const reason = new Error("stop");
    await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});
