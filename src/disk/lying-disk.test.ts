import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diskRule, PAGE_BYTES } from "../core/disk.ts";
import { countBits, data, get, letters, MARK, newDisk, PAGES, put, seen } from "../../test/fixtures/lettered-disk.ts";
import type { LyingDisk } from "./lying-disk.ts";

const hits = (disk: LyingDisk) =>
  disk
    .statistics()
    .hits.map(({ what, offset, otherOffset }) => [
      what,
      offset / PAGE_BYTES,
      ...(otherOffset === undefined ? [] : [otherOffset / PAGE_BYTES]),
    ]);

describe("the write cache", () => {
  test("a power cut takes what was not flushed and nothing else, and refuses all until the power is back", () => {
    const disk = newDisk();
    put(disk, 0, data("a"));
    disk.flush();
    put(disk, 0, data("b"));
    put(disk, 1, data("c"));
    expect(letters(disk, 2)).toEqual(["b", "c"]);
    expect(disk.cutPower()).toEqual({ lostPages: 2, lostAcknowledgedPages: 0 });
    for (const request of [() => get(disk, 0), () => put(disk, 0, data("d")), () => disk.flush()]) {
      expect(request).toThrow("EIO");
    }
    expect(disk.cutPower()).toEqual({ lostPages: 0, lostAcknowledgedPages: 0 });
    disk.powerOn();
    expect(letters(disk, 2)).toEqual(["a", "zero"]);
    expect(disk.statistics()).toMatchObject({ cuts: 1, cachedPages: 0 });
  });

  test("a lied flush leaves pages volatile, and an honest one after it makes them durable", () => {
    const disk = newDisk({ on: "flush", action: "lie" });
    put(disk, 0, data("a"));
    disk.flush();
    put(disk, 0, data("b"));
    put(disk, 1, data("c"));
    expect(disk.cutPower()).toEqual({ lostPages: 2, lostAcknowledgedPages: 1 });
    disk.powerOn();
    expect(letters(disk, 2)).toEqual(["zero", "zero"]);
    put(disk, 2, data("d"));
    disk.flush();
    disk.setRules([]);
    disk.flush();
    disk.cutPower();
    disk.powerOn();
    expect(seen(disk, 2)).toBe("d");
  });

  test("a refused flush leaves pages volatile", () => {
    const disk = newDisk({ on: "flush", action: "error", times: 1 });
    put(disk, 0, data("a"));
    expect(() => disk.flush()).toThrow("EIO");
    expect(disk.statistics()).toMatchObject({ cachedPages: 1, hits: [{ what: "flush error", offset: 0, head: "" }] });
    disk.flush();
    expect(disk.statistics().cachedPages).toBe(0);
  });

  const SECTOR = 512;
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("write" as const),
        sector: fc.nat((PAGES * PAGE_BYTES) / SECTOR - 1),
        sectors: fc.integer({ min: 1, max: 24 }),
        byte: fc.integer({ min: 1, max: 255 }),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: "flush" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "lie" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "cut" as const }) },
  );

  test("an honest disk after a cut is the disk at its last flush, exactly", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const disk = newDisk();
        let visible = Buffer.alloc(PAGES * PAGE_BYTES);
        let durable = Buffer.from(visible);
        for (const one of steps) {
          if (one.kind === "write") {
            const offset = one.sector * SECTOR;
            const bytes = Buffer.alloc(Math.min(one.sectors * SECTOR, visible.length - offset), one.byte);
            disk.write(offset, bytes);
            bytes.copy(visible, offset);
          } else if (one.kind === "cut") {
            disk.cutPower();
            disk.powerOn();
            visible = Buffer.from(durable);
          } else {
            disk.setRules(one.kind === "lie" ? [diskRule.parse({ on: "flush", action: "lie" })] : []);
            disk.flush();
            if (one.kind === "flush") durable = Buffer.from(visible);
          }
          expect(disk.read(0, visible.length).equals(visible)).toBe(true);
        }
      }),
    );
  });

  test("any part of the disk reads the same", () => {
    const disk = newDisk();
    put(disk, 1, data("a"));
    disk.flush();
    put(disk, 2, data("b"));
    const all = disk.read(0, PAGES * PAGE_BYTES);
    for (const [offset, lengthBytes] of [
      [PAGE_BYTES + 512, 512],
      [2 * PAGE_BYTES + 1024, 1024],
      [PAGE_BYTES - 512, 3 * PAGE_BYTES],
    ] as const) {
      const part = all.subarray(offset, offset + lengthBytes);
      expect(disk.read(offset, lengthBytes).equals(part)).toBe(true);
      disk.setRules([diskRule.parse({ on: "read", action: "error", prefix: "ff" })]);
      expect(disk.read(offset, lengthBytes).equals(part)).toBe(true);
      disk.setRules([]);
    }
  });
});

describe("which pages a rule acts on", () => {
  test("those that begin with its prefix; every nth; so many times", () => {
    const disk = newDisk({ on: "write", action: "drop", prefix: MARK, every: 2, times: 2 });
    for (let page = 0; page < 12; page++) put(disk, page, page % 2 === 0 ? data("a") : Buffer.alloc(PAGE_BYTES, "x"));
    expect(hits(disk)).toEqual([
      ["write drop", 2],
      ["write drop", 6],
    ]);
    expect([0, 2, 4, 6, 8, 10].map((page) => seen(disk, page))).toEqual(["a", "zero", "a", "zero", "a", "a"]);
    expect(get(disk, 3)).toEqual(Buffer.alloc(PAGE_BYTES, "x"));
    expect(disk.statistics().hits[0]?.head).toBe(data("a").toString("hex", 0, 64));
  });

  test("each page of a request counts", () => {
    const disk = newDisk({ on: "write", action: "drop", every: 3, times: 1 });
    put(disk, 0, Buffer.concat("abcdefg".split("").map(data)));
    expect(letters(disk, 7)).toEqual(["a", "b", "zero", "d", "e", "f", "g"]);
  });

  test("the first that matches acts; one that is not due leaves its turn to the next", () => {
    const disk = newDisk({ on: "write", action: "drop", every: 2 }, { on: "write", action: "zero" });
    put(disk, 0, data("a"));
    put(disk, 1, data("b"));
    expect(hits(disk)).toEqual([
      ["write zero", 0],
      ["write drop", 1],
    ]);
  });

  test("a rule goes on counting when others come and go", () => {
    const drop = { on: "write", action: "drop", times: 1 };
    const disk = newDisk(drop);
    put(disk, 0, data("a"));
    disk.setRules([drop, { on: "flush", action: "lie" }].map((rule) => diskRule.parse(rule)));
    put(disk, 1, data("b"));
    expect(letters(disk, 2)).toEqual(["zero", "b"]);
    disk.setRules([]);
    disk.setRules([diskRule.parse(drop)]);
    put(disk, 2, data("c"));
    expect(seen(disk, 2)).toBe("zero");
  });

  test("a page that is written in part is judged by what it becomes", () => {
    const disk = newDisk({ on: "write", action: "drop", prefix: MARK });
    disk.write(512, Buffer.alloc(512, "x"));
    expect(hits(disk)).toEqual([]);
    disk.write(0, Buffer.from(MARK, "hex"));
    expect(hits(disk)).toEqual([["write drop", 0]]);
  });

  test("hits beyond 10,000 are counted and not kept", () => {
    const disk = newDisk({ on: "write", action: "drop" });
    for (let i = 0; i < 10_001; i++) put(disk, 0, data("a"));
    const { hitCount, hits: kept } = disk.statistics();
    expect([hitCount, kept.length]).toEqual([10_001, 10_000]);
  });
});

describe("what becomes of a write", () => {
  /** A page that held `a` is overwritten with `b` under the rule. */
  function overwritten(rule: object): { disk: LyingDisk; bytes: Buffer } {
    const disk = newDisk();
    put(disk, 3, data("a"));
    disk.setRules([diskRule.parse({ on: "write", ...rule })]);
    put(disk, 3, data("b"));
    return { disk, bytes: get(disk, 3) };
  }

  test("drop keeps the old page", () => {
    expect(overwritten({ action: "drop" }).bytes).toEqual(data("a"));
  });

  test("tear takes the first bytes of the new page", () => {
    const torn = Buffer.concat([data("b").subarray(0, 1024), data("a").subarray(1024)]);
    expect(overwritten({ action: "tear", keepBytes: 1024 }).bytes).toEqual(torn);
  });

  test("flip inverts so many bits, on the medium and the same ones each time", () => {
    const { disk, bytes } = overwritten({ action: "flip", bits: 5 });
    expect(countBits(bytes, data("b"))).toBe(5);
    disk.flush();
    disk.cutPower();
    disk.powerOn();
    expect(get(disk, 3)).toEqual(bytes);
    expect(overwritten({ action: "flip", bits: 5 }).bytes).toEqual(bytes);
  });

  test("zero and scramble", () => {
    expect(overwritten({ action: "zero" }).bytes).toEqual(Buffer.alloc(PAGE_BYTES));
    const scrambled = overwritten({ action: "scramble" }).bytes;
    expect(countBits(scrambled, data("b"))).toBeGreaterThan(PAGE_BYTES * 3);
    expect(countBits(scrambled, data("b"))).toBeLessThan(PAGE_BYTES * 5);
  });

  test("error refuses the whole request, and nothing of it arrives", () => {
    const disk = newDisk({ on: "write", action: "error", every: 3 });
    expect(() => put(disk, 0, Buffer.concat("abcd".split("").map(data)))).toThrow("EIO");
    expect(letters(disk, 4)).toEqual(["zero", "zero", "zero", "zero"]);
    expect(hits(disk)).toEqual([["write error", 2]]);
  });

  test("no-space refuses pages that were never written, also after a flush", () => {
    const disk = newDisk();
    put(disk, 0, data("a"));
    disk.flush();
    disk.setRules([diskRule.parse({ on: "write", action: "no-space" })]);
    put(disk, 0, data("b"));
    expect(() => put(disk, 1, data("c"))).toThrow("ENOSPC");
    expect(letters(disk, 2)).toEqual(["b", "zero"]);
    expect(hits(disk)).toEqual([["write no-space", 1]]);
  });

  test("misdirect lands on the place of the page that matched before; the first has no such place", () => {
    const disk = newDisk({ on: "write", action: "misdirect", prefix: MARK, times: 1 });
    put(disk, 0, data("a"));
    put(disk, 1, Buffer.alloc(PAGE_BYTES));
    put(disk, 2, data("b"));
    put(disk, 3, data("c"));
    expect(letters(disk, 4)).toEqual(["b", "zero", "zero", "c"]);
    expect(hits(disk)).toEqual([["write misdirect", 2, 0]]);
  });

  test("a page that is written again and again is no place for itself", () => {
    const disk = newDisk({ on: "write", action: "misdirect" });
    put(disk, 5, data("a"));
    put(disk, 4, data("b"));
    put(disk, 4, data("c"));
    expect([seen(disk, 4), seen(disk, 5)]).toEqual(["zero", "c"]);
  });

  test("duplicate lands at home and there as well", () => {
    const disk = newDisk({ on: "write", action: "duplicate" });
    put(disk, 0, data("a"));
    put(disk, 1, data("b"));
    expect(letters(disk, 2)).toEqual(["b", "b"]);
    expect(hits(disk)).toEqual([["write duplicate", 1, 0]]);
  });

  test("swap changes places with the next page that matches, and counts as one act on two pages", () => {
    const disk = newDisk({ on: "write", action: "swap", prefix: MARK, times: 1 });
    put(disk, 0, Buffer.concat("abc".split("").map(data)));
    expect(letters(disk, 3)).toEqual(["b", "a", "c"]);
    expect(hits(disk)).toEqual([
      ["write swap", 1, 0],
      ["write swap", 0, 1],
    ]);
  });

  test("a page that is written again while it waits for a partner does not change places with itself", () => {
    const disk = newDisk({ on: "write", action: "swap", times: 1 });
    for (const [page, letter] of [
      [0, "a"],
      [0, "b"],
      [1, "c"],
    ] as const) {
      put(disk, page, data(letter));
    }
    expect(letters(disk, 2)).toEqual(["c", "b"]);
  });

  test("delay says how long, for what matches", () => {
    const disk = newDisk({ on: "any", action: "delay", delayMs: 7, prefix: MARK, times: 2 });
    put(disk, 0, data("a"));
    expect([
      disk.delayMs({ on: "flush" }),
      disk.delayMs({ on: "write", offset: 0, data: Buffer.alloc(PAGE_BYTES) }),
      disk.delayMs({ on: "read", offset: 0, lengthBytes: 512 }),
      disk.delayMs({ on: "write", offset: PAGE_BYTES, data: Buffer.concat([Buffer.alloc(PAGE_BYTES), data("b")]) }),
      disk.delayMs({ on: "read", offset: 0, lengthBytes: 512 }),
    ]).toEqual([0, 0, 7, 7, 0]);
    disk.setRules([diskRule.parse({ on: "any", action: "delay", delayMs: 3 })]);
    expect(disk.delayMs({ on: "flush" })).toBe(3);
  });
});

describe("what becomes of a read", () => {
  test("error, once", () => {
    const disk = newDisk({ on: "read", action: "error", prefix: MARK, times: 1 });
    put(disk, 0, data("a"));
    expect(seen(disk, 1)).toBe("zero");
    expect(() => get(disk, 0)).toThrow("EIO");
    expect(seen(disk, 0)).toBe("a");
  });

  test("flip is in this read only", () => {
    const disk = newDisk({ on: "read", action: "flip", bits: 2 });
    put(disk, 0, data("a"));
    expect(countBits(get(disk, 0), data("a"))).toBe(2);
    disk.setRules([]);
    expect(seen(disk, 0)).toBe("a");
  });

  test("stale gives what the page held before, across a flush, and nothing newer after a cut", () => {
    const disk = newDisk();
    put(disk, 0, data("a"));
    put(disk, 0, data("b"));
    disk.flush();
    disk.setRules([diskRule.parse({ on: "read", action: "stale", prefix: MARK })]);
    expect(seen(disk, 0)).toBe("a");
    put(disk, 0, data("c"));
    expect(seen(disk, 0)).toBe("b");
    disk.cutPower();
    disk.powerOn();
    expect(seen(disk, 0)).toBe("b");
    expect(hits(disk)).toHaveLength(2);
  });
});
