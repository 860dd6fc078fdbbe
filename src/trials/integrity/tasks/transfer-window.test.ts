import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type QueueBehaviour, shuffledQueue } from "../../../../test/fixtures/shuffled-queue.ts";
import type { Step } from "../oracle/schedule.ts";
import { LatencyClasses } from "./latency-classes.ts";
import { type Landed, TransferWindow } from "./transfer-window.ts";

const SLOT_BYTES = 64;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-window-"));
let descriptor = -1;
beforeAll(() => {
  descriptor = fs.openSync(path.join(folder, "file"), "w+");
});
afterAll(() => {
  fs.closeSync(descriptor);
  fs.rmSync(folder, { recursive: true });
});

const lastFirst = (inFlight: number) => inFlight - 1;

function windowOf(depth: number, behaviour: QueueBehaviour) {
  const writeNs = new LatencyClasses();
  const window = new TransferWindow(shuffledQueue(depth, SLOT_BYTES, behaviour), writeNs);
  const launch = (step: number, slot = step) => {
    const landed = window.roomFor(stepOf(step, slot));
    window.frame.bytes.fill(step);
    window.launch(stepOf(step, slot), { descriptor, position: slot * SLOT_BYTES }, SLOT_BYTES);
    return landed;
  };
  return { window, launch, writeNs };
}

function stepOf(step: number, slot: number): Step {
  return { region: 1, slot, generation: 1, step, sequence: step };
}

const stepsOf = (landed: readonly Landed[]): number[] => landed.map(({ step }) => step.step);

function slotInFile(slot: number): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  fs.readSync(descriptor, bytes, 0, SLOT_BYTES, slot * SLOT_BYTES);
  return bytes;
}

describe("transfers in flight", () => {
  test("land in the order of their steps, whatever the order in which they end", () => {
    const { window, launch } = windowOf(4, { pick: lastFirst });
    for (let step = 0; step < 4; step++) expect(launch(step)).toEqual([]);
    expect(window.oldestStep).toBe(0);
    expect(stepsOf(window.drain())).toEqual([0, 1, 2, 3]);
    expect(window.oldestStep).toBeUndefined();
  });

  test("are no more than the window is deep", () => {
    const { window, launch } = windowOf(4, { pick: () => 0 });
    for (let step = 0; step < 4; step++) launch(step);
    expect(stepsOf(launch(4))).toEqual([0]);
    expect(window.oldestStep).toBe(1);
  });

  test("reach back no further than the window is deep, also where other steps lie between them", () => {
    const { window, launch } = windowOf(4, { pick: lastFirst });
    launch(0);
    launch(3);
    expect(stepsOf(window.roomFor(stepOf(4, 4)))).toEqual([0, 3]);
  });

  test("are never two of one slot", () => {
    const { launch } = windowOf(8, { pick: () => 0 });
    launch(0, 7);
    launch(1, 5);
    launch(2, 6);
    expect(stepsOf(launch(3, 5))).toEqual([0, 1]);
  });

  test("that fail land in their turn, each with the code of its own", () => {
    const outcome: QueueBehaviour["outcome"] = ({ position, lengthBytes }) =>
      position === SLOT_BYTES ? "EIO" : lengthBytes;
    const { window, launch, writeNs } = windowOf(3, { pick: lastFirst, outcome });
    for (let step = 0; step < 3; step++) launch(step);
    const landed = window.drain();
    expect(landed.map(({ failure }) => failure?.systemCode)).toEqual([undefined, "EIO", undefined]);
    expect(landed[1]?.failure).toMatchObject({ call: "write" });
    expect(writeNs.take().counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  test("of which a part was taken go on with the rest, and fail where that is refused", () => {
    const parts = [16, 48, 32, "ENOSPC"];
    const { window, launch } = windowOf(1, { pick: () => 0, outcome: () => parts.shift() as number | string });
    launch(40, 0);
    expect(window.drain()).toEqual([{ step: stepOf(40, 0), lengthBytes: SLOT_BYTES }]);
    expect(slotInFile(0)).toEqual(Buffer.alloc(SLOT_BYTES, 40));
    launch(41, 0);
    expect(window.drain()[0]?.failure?.systemCode).toBe("ENOSPC");
    expect(slotInFile(0)).toEqual(Buffer.concat([Buffer.alloc(32, 41), Buffer.alloc(32, 40)]));
  });
});

test("whatever ends when, steps land once, in order, and the newest of each slot is in the file", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 60 }),
      fc.infiniteStream(fc.nat()),
      (depth, slots, numbers) => {
        const draw = (below: number) => numbers.next().value % below;
        const outcome: QueueBehaviour["outcome"] = ({ lengthBytes }) => lengthBytes - draw(2) * draw(lengthBytes);
        const { window, launch } = windowOf(depth, { pick: draw, outcome });
        const landed: number[] = [];
        for (const [step, slot] of slots.entries()) {
          landed.push(...stepsOf(launch(step, slot)));
          expect(landed.length).toBeGreaterThan(step - depth);
          expect(slots.slice(landed.length, step)).not.toContain(slot);
        }
        landed.push(...stepsOf(window.drain()));
        expect(landed).toEqual([...slots.keys()]);
        for (const slot of new Set(slots))
          expect(slotInFile(slot)).toEqual(Buffer.alloc(SLOT_BYTES, slots.lastIndexOf(slot)));
      },
    ),
    { numRuns: 200 },
  );
});
