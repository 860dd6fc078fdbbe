import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ratesOf, windowsOf } from "./throughput.ts";

const transfer = fc
  .record({ startNs: fc.nat(5e9), lengthNs: fc.nat(2e9), bytes: fc.nat(1e9) })
  .map(({ startNs, lengthNs, bytes }) => ({ startNs, endNs: startNs + lengthNs, bytes }));

describe("windows of wall time", () => {
  test("lose no byte and are busy no longer than they last", () => {
    fc.assert(
      fc.property(
        fc.array(transfer, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1e7, max: 3e9 }),
        (all, lengthNs) => {
          const windows = windowsOf(all, lengthNs);
          const moved = windows.reduce((sum, { bytes }) => sum + bytes, 0);
          expect(moved).toBeCloseTo(
            all.reduce((sum, { bytes }) => sum + bytes, 0),
            0,
          );
          for (const { busyNs } of windows) expect(busyNs).toBeLessThanOrEqual(lengthNs + 1e-3);
        },
      ),
    );
  });

  test("of nothing are none", () => {
    expect(windowsOf([], 1e9)).toEqual([]);
  });
});

describe("rates", () => {
  test("of workers side by side add their bytes, not their times", () => {
    const worker = { startNs: 0, endNs: 2e9, bytes: 2000 };
    expect(ratesOf([worker, worker, worker], 1e9)).toEqual([3000, 3000]);
  });

  test("are per busy time, and only of windows that were busy for the most part", () => {
    const busy = { startNs: 0, endNs: 0.75e9, bytes: 750 };
    const idle = { startNs: 1.9e9, endNs: 2e9, bytes: 100 };
    expect(ratesOf([busy, idle], 1e9)).toEqual([1000]);
  });

  test("leave out a window in which something of unknown size was under way", () => {
    const known = { startNs: 0, endNs: 3e9, bytes: 3000 };
    expect(ratesOf([known, { startNs: 1.2e9, endNs: 1.4e9 }], 1e9)).toEqual([1000, 1000]);
  });
});
