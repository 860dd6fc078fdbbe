import fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyClasses } from "./latency-classes.ts";

test("a class is at most 1 % away from what it stands for, over all durations", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 46 }), (durationNs) => {
      const classes = new LatencyClasses();
      classes.add(durationNs);
      const { values, counts } = classes.take();
      expect(counts).toEqual([1]);
      expect(Math.abs((values[0] ?? 0) - durationNs)).toBeLessThanOrEqual(durationNs * 0.005);
    }),
  );
});

test("values rise, and none is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000 })), (durationsNs) => {
      const classes = new LatencyClasses();
      for (const durationNs of durationsNs) classes.add(durationNs);
      const { values, counts } = classes.take();
      expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(durationsNs.length);
    }),
  );
});

test("what lasts longer than a day is in the last class", () => {
  const classes = new LatencyClasses();
  classes.add(1e18);
  expect(classes.take().values[0]).toBeGreaterThan(24 * 3600e9);
});

test("a call that throws is timed too", () => {
  const classes = new LatencyClasses();
  expect(() =>
    classes.time(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(classes.take().counts).toEqual([1]);
  expect(classes.take()).toEqual({ values: [], counts: [] });
});
