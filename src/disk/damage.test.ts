import { describe, expect, test } from "vitest";
import { diskDamage, PAGE_BYTES } from "../core/disk.ts";
import { countBits, data, get, letters, MARK, newDisk, put, seen } from "../../test/fixtures/lettered-disk.ts";
import type { LyingDisk } from "./lying-disk.ts";

describe("damage to what lies on the medium", () => {
  const damage = (disk: LyingDisk, what: object) => disk.damage(diskDamage.parse({ prefix: MARK, ...what }));

  /** Pages 0 to 5 held `a` to `f` and now hold `A` to `F`, for good; page 6 is no data, page 7 is not flushed yet. */
  function filled(): LyingDisk {
    const disk = newDisk();
    for (const row of ["abcdef", "ABCDEF"]) put(disk, 0, Buffer.concat(row.split("").map(data)));
    put(disk, 6, Buffer.alloc(PAGE_BYTES, "x"));
    disk.flush();
    put(disk, 7, data("G"));
    return disk;
  }
  const NOW = "ABCDEF".split("");

  test("takes as many durable pages that match as it is told, and tells which", () => {
    const disk = filled();
    const told = damage(disk, { how: "zero", pages: 2 });
    const zeroed = letters(disk, 6).flatMap((letter, page) => (letter === "zero" ? [page] : []));
    expect(told.map(({ offset }) => offset / PAGE_BYTES).toSorted((a, b) => a - b)).toEqual(zeroed);
    expect(zeroed).toHaveLength(2);
    expect(told[0]?.head).toBe(data(NOW[(told[0]?.offset ?? 0) / PAGE_BYTES] ?? "").toString("hex", 0, 64));
    expect(damage(disk, { how: "zero", pages: 100 })).toHaveLength(4);
    expect([seen(disk, 7), get(disk, 6)[0]]).toEqual(["G", "x".charCodeAt(0)]);
    expect(disk.statistics().hitCount).toBe(6);
  });

  test("the same seed takes the same pages", () => {
    const [one, two, other] = ["s", "s", "t"].map((seed) => damage(filled(), { how: "flip", pages: 3, seed }));
    expect(one).toEqual(two);
    expect(other).not.toEqual(one);
  });

  test("a power cut does not undo it", () => {
    const disk = filled();
    damage(disk, { how: "scramble", pages: 6 });
    disk.cutPower();
    disk.powerOn();
    expect(letters(disk, 6)).toEqual(Array(6).fill("other"));
  });

  test("old, tear, flip", () => {
    const disk = filled();
    damage(disk, { how: "old", pages: 6 });
    expect(letters(disk, 6)).toEqual("abcdef".split(""));
    const torn = filled();
    damage(torn, { how: "tear", pages: 6 });
    expect(get(torn, 1)).toEqual(Buffer.concat([data("B").subarray(0, 2048), data("b").subarray(2048)]));
    const flipped = filled();
    damage(flipped, { how: "flip", pages: 6, bits: 3 });
    expect(countBits(get(flipped, 2), data("C"))).toBe(3);
  });

  test("before its first write a page held zeros; what a cut took away has no version before", () => {
    const once = newDisk();
    put(once, 0, data("a"));
    once.flush();
    damage(once, { how: "tear" });
    expect(get(once, 0)).toEqual(Buffer.concat([data("a").subarray(0, 2048), Buffer.alloc(2048)]));
    const cut = filled();
    put(cut, 0, data("Z"));
    cut.cutPower();
    cut.powerOn();
    expect(damage(cut, { how: "old", pages: 6 }).map(({ offset }) => offset)).not.toContain(0);
    expect(letters(cut, 6)).toEqual("Abcdef".split(""));
  });

  test("leaves alone what is about to be overwritten", () => {
    const disk = filled();
    put(disk, 0, data("Z"));
    expect(damage(disk, { how: "zero", pages: 6 })).toHaveLength(5);
    disk.cutPower();
    disk.powerOn();
    expect(seen(disk, 0)).toBe("A");
  });

  test("swap and copy take two pages each", () => {
    const disk = filled();
    const told = damage(disk, { how: "swap" });
    const places = told.map(({ offset, otherOffset }) => [offset / PAGE_BYTES, (otherOffset ?? -1) / PAGE_BYTES]);
    const [a, b] = places[0] as [number, number];
    expect(places).toEqual([
      [a, b],
      [b, a],
    ]);
    const expected = [...NOW];
    [expected[a], expected[b]] = [NOW[b] as string, NOW[a] as string];
    expect(letters(disk, 6)).toEqual(expected);
    const copied = filled();
    const [{ offset, otherOffset = -1 } = { offset: -1 }] = damage(copied, { how: "copy" });
    expect(seen(copied, offset / PAGE_BYTES)).toBe(NOW[otherOffset / PAGE_BYTES]);
    expect(letters(copied, 6).filter((letter, page) => letter !== NOW[page])).toHaveLength(1);
  });
});
