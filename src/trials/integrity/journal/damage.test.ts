import * as fc from "fast-check";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inMemory } from "../../../../test/fixtures/journal/in-memory.ts";
import { SeatrialError, systemCode } from "../../../core/errors.ts";
import { blankJournal, openJournal, readJournal } from "./journal.ts";
import { RING_OFFSET, SLOT_BYTES } from "./layout.ts";
import { currentOwner } from "./lock.ts";
import type { JournalState } from "./records.ts";
import { recover } from "./recover.ts";
import { decodeSector, encodeFrame, type Frame, joinSectors, SECTOR_BYTES } from "./sector.ts";

const RING_SECTORS = 9;
const JOURNAL_BYTES = RING_OFFSET + RING_SECTORS * SECTOR_BYTES;
const SUBJECT = { runId: "ab".repeat(16), geometry: { sizeBytes: 8192, blockBytes: 4096 } };
const DAMAGED = "INTEGRITY_JOURNAL_DAMAGED";

/** A journal after more than two laps, and how the frame that was written last changed it. */
function usedJournal() {
  const bytes = blankJournal(SUBJECT, JOURNAL_BYTES);
  const storage = inMemory(bytes);
  const first = openJournal(storage, currentOwner(process.pid)).journal;
  for (let cycle = 0; cycle < 9; cycle++) first.synced(first.intent([[0, 8192]], `0x${cycle}`));
  const { journal } = openJournal(storage, currentOwner(process.pid));
  journal.verified({ blocks: 2, damagedBlocks: 0 });
  const before = { bytes: Buffer.from(bytes), state: journal.state };
  journal.intent([[0, 4096]], "0xf");
  return { bytes, state: journal.state, before };
}

const USED = usedJournal();
/** The sector of the last frame. */
const LAST = lastDifference(USED.bytes, USED.before.bytes);

function lastDifference(a: Buffer, b: Buffer): number {
  const sectors = Array.from({ length: a.length / SECTOR_BYTES }, (_, i) => i * SECTOR_BYTES);
  return sectors.findLast((at) => a.compare(b, at, at + SECTOR_BYTES, at, at + SECTOR_BYTES) !== 0) as number;
}

/** What is read after the change: a state, or the code of the error. */
function afterwards(change: (bytes: Buffer) => Buffer | void): JournalState | string {
  const bytes = Buffer.from(USED.bytes);
  const changed = change(bytes) ?? bytes;
  try {
    return readJournal(inMemory(changed)).state;
  } catch (error) {
    if (error instanceof SeatrialError) return error.code;
    throw error;
  }
}

/** A sector that holds anything. */
const usedSector = fc.constantFrom(
  ...Array.from({ length: JOURNAL_BYTES / SECTOR_BYTES }, (_, i) => i * SECTOR_BYTES).filter((at) =>
    USED.bytes.subarray(at, at + SECTOR_BYTES).some((byte) => byte !== 0),
  ),
);

describe("damage to the journal itself", () => {
  test("any flipped bit in the ring is told", () => {
    for (let bit = RING_OFFSET * 8; bit < JOURNAL_BYTES * 8; bit += 7)
      expect(afterwards((bytes) => void (bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))))).toBe(
        DAMAGED,
      );
  });

  test("a flipped bit in a checkpoint is told, or made good by the other one", () => {
    const outcomes = new Set<string>();
    for (const slot of [0, SLOT_BYTES])
      for (let at = slot; at < slot + SECTOR_BYTES; at += 3) {
        const found = afterwards((bytes) => void (bytes[at] = (bytes[at] as number) ^ 1));
        expect([DAMAGED, USED.state]).toContainEqual(found);
        outcomes.add(typeof found === "string" ? "told" : "made good");
      }
    expect([...outcomes].sort()).toEqual(["made good", "told"]);
  });

  test("both checkpoints", () => {
    expect(afterwards((bytes) => void bytes.fill(1, 40, 44).fill(1, SLOT_BYTES + 40, SLOT_BYTES + 44))).toBe(DAMAGED);
    expect(afterwards((bytes) => void bytes.fill(0, 0, RING_OFFSET))).toBe(DAMAGED);
  });

  test("whatever happens to one sector, no state is made up", () => {
    const change = fc.oneof(
      fc.record({ kind: fc.constant("zeros" as const), at: usedSector }),
      fc.record({
        kind: fc.constant("garbage" as const),
        at: usedSector,
        bytes: fc.uint8Array({ minLength: 512, maxLength: 512 }),
      }),
      fc.record({ kind: fc.constant("copy" as const), at: usedSector, from: usedSector }),
    );
    const legal = [DAMAGED, USED.state];
    fc.assert(
      fc.property(change, (drawn) => {
        const found = afterwards((bytes) => {
          if (drawn.kind === "zeros") bytes.fill(0, drawn.at, drawn.at + SECTOR_BYTES);
          else if (drawn.kind === "garbage") bytes.set(drawn.bytes, drawn.at);
          else bytes.copy(bytes, drawn.at, drawn.from, drawn.from + SECTOR_BYTES);
        });
        // Only the newest frame can be gone without a trace: then it looks as if it had never been written.
        expect(drawn.at === LAST ? [...legal, USED.before.state] : legal).toContainEqual(found);
      }),
      { numRuns: 500 },
    );
  });

  test("a last frame that never arrived is one that was not written", () => {
    const before = (bytes: Buffer) => void USED.before.bytes.copy(bytes, LAST, LAST, LAST + SECTOR_BYTES);
    expect(afterwards(before)).toEqual(USED.before.state);
  });

  test("a whole file put back to an older state is only found from outside", () => {
    expect(afterwards(() => USED.before.bytes)).toEqual(USED.before.state);
  });

  test("another size", () => {
    for (const sizeBytes of [0, 100, 512, SLOT_BYTES, RING_OFFSET, JOURNAL_BYTES - 512])
      expect(afterwards((bytes) => bytes.subarray(0, sizeBytes))).toBe("INTEGRITY_JOURNAL_TRUNCATED");
    expect(afterwards((bytes) => Buffer.concat([bytes, Buffer.alloc(512)]))).toBe("INTEGRITY_JOURNAL_TRUNCATED");
  });

  test("a file of something else", () => {
    for (const sizeBytes of [5, JOURNAL_BYTES]) {
      expect(afterwards(() => Buffer.alloc(sizeBytes, "other"))).toBe("INTEGRITY_JOURNAL_FOREIGN");
      expect(afterwards(() => Buffer.alloc(sizeBytes))).toBe("INTEGRITY_JOURNAL_FOREIGN");
    }
  });

  test("a format of tomorrow", () => {
    const upgrade = (sector: Buffer) => {
      sector.writeUInt16LE(2, 4);
      sector.writeUInt32LE(crc32(sector.subarray(0, SECTOR_BYTES - 4)), SECTOR_BYTES - 4);
    };
    const slots = (bytes: Buffer) => {
      for (const at of [0, SLOT_BYTES]) upgrade(bytes.subarray(at, at + SECTOR_BYTES));
    };
    expect(afterwards(slots)).toBe("INTEGRITY_JOURNAL_VERSION");
    expect(afterwards((bytes) => upgrade(bytes.subarray(LAST, LAST + SECTOR_BYTES)))).toBe("INTEGRITY_JOURNAL_VERSION");
  });

  test("frames of another run in the same place", () => {
    const other = blankJournal({ ...SUBJECT, runId: "cd".repeat(16) }, JOURNAL_BYTES);
    openJournal(inMemory(other), currentOwner(process.pid));
    const mixed = blankJournal(SUBJECT, JOURNAL_BYTES);
    other.copy(mixed, RING_OFFSET, RING_OFFSET);
    expect(afterwards(() => mixed)).toBe(DAMAGED);
  });
});

describe("a frame that is whole and cannot be right", () => {
  /** What is read when this comes after the last frame. */
  function withNext(change: Partial<Frame>): JournalState | string {
    return afterwards((bytes) => {
      const { next, state } = recover(inMemory(bytes));
      const body = Buffer.from(JSON.stringify({ generation: state.generation }));
      const frame: Frame = { type: "synced", epoch: state.epoch, ...next, body, ...change };
      encodeFrame(frame).bytes.copy(bytes, RING_OFFSET + (next.sequence % RING_SECTORS) * SECTOR_BYTES);
    });
  }

  test("but one that is right is read", () => {
    expect(withNext({})).toMatchObject({ open: [], generation: USED.state.generation });
  });

  test.each<[what: string, change: Partial<Frame>]>([
    ["a chain that leads elsewhere", { chain: 1 }],
    ["a writer of before", { epoch: 1 }],
    ["a generation that was never announced", { body: Buffer.from('{"generation":99}') }],
    ["words that say nothing", { body: Buffer.from("{") }],
    ["a checkpoint", { type: "checkpoint" }],
    ["a number of another place", { sequence: 1 }],
  ])("%s", (_what, change) => {
    expect(withNext(change)).toBe(DAMAGED);
  });

  test("a part of another frame does not complete one", () => {
    const body = Buffer.alloc(600, "a");
    const partsOf = (of: Buffer) => {
      const { bytes } = encodeFrame({ type: "intent", epoch: 1, sequence: 7, chain: 0, body: of });
      return [0, SECTOR_BYTES].map((at) => decodeSector(bytes.subarray(at, at + SECTOR_BYTES)));
    };
    const [first, second] = partsOf(body);
    const [, other] = partsOf(Buffer.concat([Buffer.from("b"), body.subarray(1)]));
    expect(joinSectors([first, second])).toMatchObject({ body });
    for (const torn of [[second], [second, first], [first, { kind: "blank" as const }], [first, other]])
      expect(joinSectors(torn)).toBeUndefined();
  });

  test("two writers at one time are told by the next", () => {
    const storage = inMemory(blankJournal(SUBJECT, JOURNAL_BYTES));
    const one = openJournal(storage, currentOwner(process.pid)).journal;
    const other = openJournal(storage, currentOwner(process.pid)).journal;
    one.intent([[0, 4096]], "one");
    other.intent([[0, 4096]], "other");
    expect(() => readJournal(storage)).toThrow("does not follow on the frame before it");
  });
});

describe("a journal whose storage fails", () => {
  test("says so, and is of no use until it is opened again", () => {
    const storage = inMemory(blankJournal(SUBJECT, JOURNAL_BYTES));
    let fails = false;
    const failing = {
      ...storage,
      sync: () => {
        if (fails) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
      },
    };
    const { journal } = openJournal(failing, currentOwner(process.pid));
    fails = true;
    const error: unknown = (() => {
      try {
        return journal.intent([[0, 4096]], "");
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(systemCode(error)).toBe("INTEGRITY_JOURNAL_IO");
    fails = false;
    expect(() => journal.intent([[0, 4096]], "")).toThrow("must be opened again");
    expect(openJournal(failing, currentOwner(process.pid)).journal.state).toMatchObject({ epoch: 2, generation: 1 });
  });
});
