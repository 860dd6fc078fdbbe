import { constants } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Attributes } from "../../../../fuse/replies.ts";
import { completeMirrorDials } from "../mirror/dials.ts";
import { completeDials, DIALS_OFF, delayOf, needsMemory, parseDials, type ShareDials } from "./dials.ts";
import { isExclusive } from "./exclusive.ts";
import type { ShareNode } from "./nodes.ts";
import { Recall, torn } from "./recall.ts";
import { Recollection } from "./recollection.ts";

describe("dials", () => {
  test("what is left out is off", () => {
    expect(completeDials({})).toEqual(DIALS_OFF);
    expect(parseDials('{"attrTtlMs":1.5,"echoEvents":{"lose":3},"delayMs":{"mutations":5}}')).toEqual({
      ...DIALS_OFF,
      attrTtlMs: 1.5,
      echoEvents: { lose: 3 },
      delayMs: { mutations: 5 },
    });
  });

  test.each([
    ["{", "no JSON"],
    ["[]", "not an object"],
    ['{"ttl":1}', "no dial is called ttl; there are entryTtlMs,"],
    ['{"entryTtlMs":-1}', "entryTtlMs is -1 but takes a number from 0 to 86400000"],
    ['{"entryTtlMs":86400001}', "entryTtlMs is 86400001"],
    ['{"attrTtlMs":"1s"}', 'attrTtlMs is "1s"'],
    ['{"cache":"maybe"}', "takes one of auto, never, always"],
    ['{"revertEvery":1.5}', "takes a whole number"],
    ['{"delayMs":{"chmod":1}}', "knows no request chmod; it has create,"],
    ['{"delayMs":{"write":-5}}', "takes a number from 0"],
    ['{"delayMs":5}', "takes an object"],
    ['{"echoEvents":"some"}', "takes one of off, all, twice"],
    ['{"echoEvents":{"lose":1,"twice":true}}', "takes {lose} or {lateMs}"],
    ['{"echoEvents":{"lateMs":-1}}', "takes a number from 0"],
    ['{"locks":"all"}', "takes one of source, mount, none"],
  ])("%s is refused by name", (json, complaint) => {
    expect(() => parseDials(json)).toThrow(complaint);
  });

  test("a kind's own delay wins over that of all mutations", () => {
    const dials = completeDials({ delayMs: { mutations: 50, rename: 5, read: 7 } });
    expect([delayOf(dials, "mkdir"), delayOf(dials, "rename"), delayOf(dials, "rename2")]).toEqual([50, 5, 5]);
    expect([delayOf(dials, "read"), delayOf(dials, "getattr"), delayOf(dials, "flush")]).toEqual([7, 0, 0]);
  });

  test("memory is kept only where an old answer can be given", () => {
    expect(needsMemory(completeDials({ entryTtlMs: 5, delayMs: { mutations: 5 }, sizeLimitBytes: 1 }))).toBe(false);
    const remembering: Partial<ShareDials>[] = [{ staleSizeMs: 1 }, { tornReadsEvery: 2 }, { phantomListingMs: 1 }];
    expect(remembering.map((dials) => needsMemory(completeDials(dials)))).toEqual([true, true, true]);
  });

  test("a mirror has one dial", () => {
    expect(completeMirrorDials({ delayMs: 5 })).toEqual({ delayMs: 5 });
    expect(() => completeMirrorDials({ delayMs: -1 })).toThrow("delayMs is -1");
    expect(() => completeMirrorDials({ ttl: 1 })).toThrow("no dial is called ttl");
  });
});

describe("a recollection", () => {
  test("knows the state before the last change", () => {
    const memory = new Recollection<string>(Object.is);
    const before = ["a", "a", "b", "b", "c"].map((value) => memory.see(value)?.value);
    expect(before).toEqual([undefined, undefined, "a", "a", "b"]);
  });

  test("counts looks from the change on, and never picks the first", () => {
    const picks = (n: number) => {
      const memory = new Recollection<string>(Object.is);
      memory.see("a");
      return Array.from({ length: 6 }, () => {
        memory.see("b");
        return memory.isNth(n);
      });
    };
    expect(picks(3)).toEqual([false, false, true, false, false, true]);
    expect(picks(1)).toEqual([false, true, true, true, true, true]);
    expect(picks(0)).not.toContain(true);
  });
});

describe("recall", () => {
  const node: ShareNode = { id: 2, descriptor: -1, inode: "1:2", lookups: 1, lastPath: "" };
  const attributes = (sizeBytes: number, changedMs: number): Attributes => ({
    ino: 2n,
    sizeBytes,
    blocks: 8,
    atimeNs: 0n,
    mtimeNs: BigInt(changedMs) * 1_000_000n,
    ctimeNs: BigInt(changedMs) * 1_000_000n,
    mode: 0o100644,
    linkCount: 1,
    uid: 0,
    gid: 0,
    device: 0,
    blockSizeBytes: 4096,
  });

  test("shows the old size within the window and the new one after it", () => {
    let nowMs = 1000;
    const recall = new Recall({ dials: completeDials({ staleSizeMs: 50 }) }, () => nowMs);
    const size = (truth: Attributes) => recall.attributes(node, truth, true).sizeBytes;
    expect(size(attributes(4, 900))).toBe(4);
    expect(size(attributes(8, 990))).toBe(4);
    nowMs = 1040;
    expect(size(attributes(8, 990))).toBe(8);
  });

  test("a change that lies ahead of the clock by a part of a millisecond is torn only when asked", () => {
    const read = (dials: Partial<ShareDials>) => {
      const recall = new Recall({ dials: completeDials(dials) }, () => 1000);
      recall.content(node, Buffer.from("AAAA"), 0n);
      return recall.content(node, Buffer.from("BBBB"), 1_000_500_000n).toString();
    };
    expect([read({ tornReadsEvery: 9 }), read({ tornReadsMs: 1 })]).toEqual(["BBBB", "BBAA"]);
  });

  test("a change made through the share is no secret", () => {
    const recall = new Recall({ dials: completeDials({ staleSizeMs: 50 }) }, () => 1000);
    recall.attributes(node, attributes(4, 900), true);
    recall.forgetFile(node);
    expect(recall.attributes(node, attributes(8, 1000), true).sizeBytes).toBe(8);
  });

  test("a limit of size holds without memory", () => {
    const recall = new Recall({ dials: completeDials({ sizeLimitBytes: 5 }) }, () => 0);
    expect([4, 8].map((sizeBytes) => recall.attributes(node, attributes(sizeBytes, 0), true).sizeBytes)).toEqual([
      4, 5,
    ]);
  });

  test.each([
    ["BBBB", "AAAA", "BBAA"],
    ["BBBBBB", "AA", "BBBBBB"],
    ["BB", "AAAAAA", "BA"],
    ["", "AAAA", ""],
  ])("%s over %s is torn to %s", (now, before, mixed) => {
    expect(torn(Buffer.from(now), Buffer.from(before)).toString()).toBe(mixed);
  });
});

describe("an exclusive creation is told by the call that waits", () => {
  const positions = new Map([
    [2, 1],
    [257, 2],
  ]);
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const hex = (flags: number) => `0x${flags.toString(16)}`;

  test.each([
    [`257 0xffffff9c 0x7ffe ${hex(O_CREAT | O_EXCL | O_WRONLY)} 0x1b6 0x0 0x0 0x7ffd 0x7f01`, true],
    [`2 0x7ffe ${hex(O_CREAT | O_EXCL)} 0x1b6 0x0 0x0 0x0 0x7ffd 0x7f01`, true],
    [`257 0xffffff9c 0x7ffe ${hex(O_CREAT)} 0x1b6 0x0 0x0 0x7ffd 0x7f01`, false],
    [`262 0xffffff9c 0x7ffe ${hex(O_CREAT | O_EXCL)} 0x1b6 0x0 0x0 0x7ffd 0x7f01`, false],
    ["-1 0x7ffd 0x7f01", false],
  ])("%s: %s", (call, exclusive) => {
    expect(isExclusive(call, positions)).toBe(exclusive);
    expect(isExclusive(call, undefined)).toBe(false);
  });
});
