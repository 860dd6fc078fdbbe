import { describe, expect, test } from "vitest";
import { createRandom } from "../../../../core/random.ts";
import { createBodyMaker, isMalformed } from "./odd-bodies.ts";

describe("what nobody can understand", () => {
  test.each([
    "",
    " ",
    "[]",
    "null",
    '"x"',
    '{"Name":"a"',
    '{"Name":"a"}x',
    "{'Name':'a'}",
    '{"Name":""}',
    '{"Name":7}',
    '{"ID":"a"}',
    '\ufeff{"Name":"a"}',
  ])("is %j", (text) => {
    expect(isMalformed(Buffer.from(text))).toBe(true);
  });

  test("is what is no UTF-8", () => {
    expect(isMalformed(Buffer.from('{"Name":"\xff"}', "latin1"))).toBe(true);
  });

  test.each([
    '{"Name":"a"}',
    ' {"name":"a"}\n',
    '{"Name":"a","NAME":null}',
    '{"Name":"a","Name":7}',
    '{"Name":"\\ud800"}',
  ])("is not %j, which some take", (text) => {
    expect(isMalformed(Buffer.from(text))).toBe(false);
  });
});

describe("bodies made by chance", () => {
  const make = (seed: string) => createBodyMaker(createRandom(seed), { name: () => "v", mountId: () => "i" });
  const first = (seed: string, count: number) => Array.from({ length: count }, make(seed));

  test("are the same for the same seed, and others for another", () => {
    expect(first("a", 50)).toEqual(first("a", 50));
    expect(first("a", 50)).not.toEqual(first("b", 50));
  });

  test("are malformed for the most part, in every call", () => {
    const bodies = first("a", 1000);
    const malformed = bodies.filter(({ isMalformed: one }) => one).length;
    expect(malformed).toBeGreaterThan(700);
    expect(malformed).toBeLessThan(1000);
    expect(new Set(bodies.map(({ method }) => method)).size).toBe(6);
  });
});
