import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { builtAgent } from "../../test/integration/agent-bundle.ts";
import { loadNative } from "./native.ts";
import type { WriteQueue } from "./protocol.ts";

const { nativePath } = builtAgent();
const PAGE_BYTES = 4096;

describe.skipIf(!nativePath)("a queue of writes", () => {
  const native = loadNative(nativePath as string);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-queue-"));
  const file = path.join(folder, "file");
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** Waits for `count` writes; by place, what was written or the system's code. */
  function reap(queue: WriteQueue, count: number): Record<number, number | string> {
    const seen: Record<number, number | string> = {};
    while (Object.keys(seen).length < count)
      queue.reap(1, (place, writtenBytes, systemCode) => {
        seen[place] = systemCode ?? writtenBytes;
      });
    return seen;
  }

  test("puts each buffer where it belongs, past 4 GiB too", () => {
    const descriptor = fs.openSync(file, "w+");
    const queue = native.openWriteQueue(3, PAGE_BYTES);
    const positions = [PAGE_BYTES, 0, 5 * 2 ** 30];
    for (const [place, position] of positions.entries()) {
      queue.buffers[place]?.fill(place + 1);
      queue.prepare(place, { descriptor, position, offsetBytes: 0, lengthBytes: PAGE_BYTES });
    }
    queue.submit();
    expect(reap(queue, 3)).toEqual({ 0: PAGE_BYTES, 1: PAGE_BYTES, 2: PAGE_BYTES });
    const bytes = Buffer.alloc(PAGE_BYTES);
    for (const [place, position] of positions.entries()) {
      fs.readSync(descriptor, bytes, 0, PAGE_BYTES, position);
      expect(bytes).toEqual(Buffer.alloc(PAGE_BYTES, place + 1));
    }
    queue.close();
    fs.closeSync(descriptor);
  });

  test("writes a part of a buffer", () => {
    const descriptor = fs.openSync(file, "w+");
    const queue = native.openWriteQueue(1, 16);
    queue.buffers[0]?.write("hello, sailor!!!");
    queue.prepare(0, { descriptor, position: 3, offsetBytes: 7, lengthBytes: 6 });
    queue.submit();
    expect(reap(queue, 1)).toEqual({ 0: 6 });
    expect(fs.readFileSync(file, "latin1")).toBe("\0\0\0sailor");
    queue.close();
    fs.closeSync(descriptor);
  });

  test("ends what the kernel refuses with its code, and makes the others", () => {
    const descriptor = fs.openSync(file, "w+");
    const reader = fs.openSync(file, "r");
    const queue = native.openWriteQueue(3, PAGE_BYTES);
    for (const [place, target] of [descriptor, reader, descriptor].entries())
      queue.prepare(place, { descriptor: target, position: 0, offsetBytes: 0, lengthBytes: 512 });
    queue.submit();
    expect(reap(queue, 3)).toEqual({ 0: 512, 1: "EBADF", 2: 512 });
    queue.close();
    for (const one of [descriptor, reader]) fs.closeSync(one);
  });

  test("waits for none where none is asked for", () => {
    const queue = native.openWriteQueue(1, PAGE_BYTES);
    const ended: number[] = [];
    queue.reap(0, (place) => ended.push(place));
    expect(ended).toEqual([]);
    queue.close();
  });

  test("that the kernel cannot keep is refused with its code", () => {
    expect(() => native.openWriteQueue(2 ** 28, 1)).toThrow(/E(INVAL|AGAIN|NOMEM)/);
  });
});
