import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSurvivors, survivorsText } from "./survivors.ts";

test("any choice of survivors has a text that gives it back", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), fc.infiniteStream(fc.boolean()), (entries, keeps) => {
      const volatile = [...entries].sort((a, b) => a - b);
      const survivors = volatile.filter(() => keeps.next().value);
      expect(parseSurvivors(survivorsText(survivors, volatile), volatile)).toEqual(survivors);
    }),
  );
});

test("the text is short", () => {
  const volatile = Array.from({ length: 20 }, (_, i) => 100 + i);
  expect(survivorsText([], volatile)).toBe("none");
  expect(survivorsText(volatile, volatile)).toBe("all");
  expect(survivorsText([101, 105, 106, 107], volatile)).toBe("101,105-107");
  expect(
    survivorsText(
      volatile.filter((entry) => ![104, 110].includes(entry)),
      volatile,
    ),
  ).toBe("all-but:104,110");
});

test("what cannot survive is refused by its number", () => {
  for (const text of ["5", "3-9", "all-but:4", "some", "", "1-999999999"])
    expect(() => parseSurvivors(text, [3])).toThrow(expect.objectContaining({ code: "SEARCH_POINT" }));
  expect(() => parseSurvivors("5", [3, 4])).toThrow(/entry 5 .* 3-4/);
});
