import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { formatRecord, parseRecords } from "./records.ts";

const sizes = fc.array(fc.nat(120), { minLength: 1, maxLength: 8 });
const fileOf = (payloads: readonly number[]) => payloads.map((bytes, index) => formatRecord(index + 1, bytes)).join("");
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("checked records", () => {
  it("are read as they were written", () => {
    fc.assert(
      fc.property(sizes, (payloads) => {
        expect(parseRecords(fileOf(payloads))).toEqual({ sequences: upTo(payloads.length), torn: [], restBytes: 0 });
      }),
    );
  });

  it("are whole or none, wherever the file was cut, and what is left of one is counted", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (payloads, cut) => {
        const whole = fileOf(payloads);
        const text = whole.slice(0, cut % whole.length);
        const { sequences, torn, restBytes } = parseRecords(text);
        expect(torn).toEqual([]);
        expect(sequences).toEqual(upTo(sequences.length));
        expect(sequences.length).toBeLessThan(payloads.length);
        expect(fileOf(payloads.slice(0, sequences.length)).length + restBytes).toBe(text.length);
      }),
    );
  });

  it("tell when any one of their bytes is another", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.integer({ min: 1, max: 255 }), (payloads, position, mask) => {
        const bytes = Buffer.from(fileOf(payloads), "latin1");
        const at = position % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const { sequences, torn, restBytes } = parseRecords(bytes.toString("latin1"));
        expect(torn.length + restBytes).toBeGreaterThan(0);
        expect(upTo(payloads.length)).toEqual(expect.arrayContaining(sequences));
        expect(sequences.length).toBeLessThan(payloads.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("tell when their number is another's, although all else is whole", () => {
    const record = formatRecord(12, 40);
    expect(parseRecords(record.replace("12 ", "13 "))).toMatchObject({ sequences: [], torn: [expect.any(String)] });
  });

  it("tell of a hole of zeroes", () => {
    const text = fileOf([40, 40, 40]);
    const holed = text.slice(0, 60) + "\0".repeat(50) + text.slice(110);
    expect(parseRecords(holed).torn.length).toBeGreaterThan(0);
  });

  test("twenty tears are described, not more", () => {
    expect(parseRecords("nonsense\n".repeat(50)).torn).toHaveLength(20);
  });
});
