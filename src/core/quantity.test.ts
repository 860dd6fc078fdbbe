import { describe, expect, it } from "vitest";
import { formatQuantity, parseDurationNs, parseSizeBytes } from "./quantity.ts";

describe("quantities", () => {
  it.each([
    ["250ms", 250e6],
    ["1.5 s", 1.5e9],
    ["2min", 120e9],
    ["2m", 120e9],
    ["10us", 10e3],
    ["10", undefined],
    ["ms", undefined],
    ["-1s", undefined],
    ["10 parsecs", undefined],
  ])("reads the duration %j", (text, ns) => expect(parseDurationNs(text)).toBe(ns));

  it("reads sizes in powers of ten and of two", () => {
    expect(parseSizeBytes("64KiB")).toBe(65536);
    expect(parseSizeBytes("5 GB")).toBe(5e9);
    expect(parseSizeBytes("5")).toBeUndefined();
  });

  it.each([
    [42_100, "ns", "42.1 µs"],
    [999_900, "ns", "1 ms"],
    [983.2, "ms", "983 ms"],
    [0, "ns", "0 ns"],
    [0, "ms", "0 ms"],
    [90, "s", "90 s"],
    [600, "s", "10 min"],
    [-1500, "ns", "-1.5 µs"],
    [1536, "bytes", "1.5 KiB"],
    [1.2e9, "bytes-per-second", "1.12 GiB/s"],
    [0, "bytes-per-second", "0 B/s"],
    [0.98765, "ratio", "0.988"],
    [123456, "count", "123456"],
    [3.14159, "per-second", "3.14/s"],
  ] as const)("writes %d %s as %s", (value, unit, text) => expect(formatQuantity(value, unit)).toBe(text));
});
