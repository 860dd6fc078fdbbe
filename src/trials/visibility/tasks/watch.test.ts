import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { hasNative, taskContext } from "../../../../test/fixtures/task-context.ts";
import { systemCode } from "../../../core/errors.ts";
import type { EventKind, OperationId } from "../model.ts";
import { createWriter } from "./act.ts";
import { operations } from "./operations.ts";
import { parseEvents, watch } from "./watch.ts";

/** struct inotify_event, by hand. */
function raw(mask: number, name: string, cookie = 0, paddingBytes = 0): Buffer {
  const bytes = Buffer.from(name);
  const padded = Buffer.concat([bytes, Buffer.alloc(paddingBytes)]);
  const header = Buffer.alloc(16);
  header.writeInt32LE(1, 0);
  header.writeUInt32LE(mask, 4);
  header.writeUInt32LE(cookie, 8);
  header.writeUInt32LE(padded.length, 12);
  return Buffer.concat([header, padded]);
}

const MASKS: [number, EventKind][] = [
  [0x2, "MODIFY"],
  [0x4, "ATTRIB"],
  [0x8, "CLOSE_WRITE"],
  [0x40, "MOVED_FROM"],
  [0x80, "MOVED_TO"],
  [0x100, "CREATE"],
  [0x200, "DELETE"],
  [0x4000, "OVERFLOW"],
];

describe("events as the kernel writes them", () => {
  test.each(MASKS)("%i is %s", (mask, kind) => {
    expect(parseEvents(raw(mask, "s1", 9, 13))).toEqual([{ kind, name: "s1", cookie: 9 }]);
  });

  test("a directory's is the same event", () => {
    expect(parseEvents(raw(0x40000100, "s1"))).toEqual([{ kind: "CREATE", name: "s1", cookie: 0 }]);
  });

  test("what was not asked for is left out, and no bytes are no events", () => {
    expect(parseEvents(raw(0x8000, ""))).toEqual([]);
    expect(parseEvents(Buffer.alloc(0))).toEqual([]);
  });

  test("many in one buffer come in their order, with their names, whatever the padding", () => {
    const event = fc.record({
      at: fc.nat(MASKS.length - 1),
      name: fc.stringMatching(/^[a-zé€]{0,20}$/),
      cookie: fc.nat(),
      padding: fc.nat(16),
    });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const buffer = Buffer.concat(
          events.map(({ at, name, cookie, padding }) => raw(MASKS[at]?.[0] ?? 0, name, cookie, padding)),
        );
        expect(parseEvents(buffer)).toEqual(
          events.map(({ at, name, cookie }) => ({ kind: MASKS[at]?.[1], name, cookie })),
        );
      }),
    );
  });
});

/** Prepares a change, watches, and makes the change as soon as the watcher is armed. */
async function watchChange(operation: OperationId, { act = true, budgetMs = 2000 } = {}) {
  const directory = temporaryFolder();
  const writer = createWriter();
  const made: Promise<unknown>[] = [];
  const context = taskContext();
  writer.prepare({ directory, name: "s1", operation }, context);
  const armed = () => {
    if (act) made.push(writer.act({ name: "s1", atNs: 0 }, context));
  };
  const input = { directory, name: "s1", operation, observer: "inotify", state: "watching", budgetMs } as const;
  const report = await watch(input, taskContext({ emit: armed }));
  await Promise.all(made);
  writer.clean();
  return report;
}

const TOLD = (Object.keys(operations) as OperationId[]).filter((operation) => operations[operation].events.length > 0);

describe.skipIf(!hasNative)("a watcher", () => {
  test.for(TOLD)(
    "hears of %s what it must, in that order, and sees the change by then",
    async (operation, { skip }) => {
      const report = await watchChange(operation).catch((error: unknown) => {
        if (systemCode(error) === "ENOTSUP") skip("no extended attributes in the system's temporary directory");
        throw error;
      });
      const expected = operations[operation].events.map(({ kind, name }) => ({ kind, name: name("s1") }));
      const heard = report.events.filter((event) =>
        expected.some(({ kind, name }) => kind === event.kind && name === event.name),
      );
      expect(heard.map(({ kind, name }) => ({ kind, name }))).toEqual(expected);
      expect(heard.at(-1)?.answer).toBe("new");
      expect(report).toMatchObject({ timedOut: false, unarmed: false });
      expect(heard.every(({ atNs }) => atNs >= report.armedNs && atNs <= report.endedNs)).toBe(true);
    },
  );

  it("hears both halves of a rename with one cookie", async () => {
    const [from, to] = (await watchChange("rename")).events;
    expect(from?.cookie).toBeGreaterThan(0);
    expect(to?.cookie).toBe(from?.cookie);
  });

  it("does not take an event of the preparation that comes late for that of the change", async () => {
    const directory = temporaryFolder();
    const context = taskContext();
    const writer = createWriter();
    writer.prepare({ directory, name: "s1", operation: "chmod" }, context);
    let made: Promise<unknown> | undefined;
    const armed = () => {
      fs.chmodSync(path.join(directory, "s1"), 0o644);
      made = writer.act({ name: "s1", atNs: context.nowNs() + 30e6 }, context);
    };
    const input = { directory, name: "s1", operation: "chmod", observer: "inotify", state: "watching" } as const;
    const report = await watch({ ...input, budgetMs: 5000 }, taskContext({ emit: armed }));
    await made;
    expect(report.events.map(({ kind, answer }) => [kind, answer])).toEqual([
      ["ATTRIB", "old"],
      ["ATTRIB", "new"],
    ]);
    expect(report.timedOut).toBe(false);
  });

  it("gives up when its time is over, and hears nothing of what was before", async () => {
    const report = await watchChange("append", { act: false, budgetMs: 40 });
    expect(report).toMatchObject({ events: [], timedOut: true });
    expect(report.endedNs - report.armedNs).toBeGreaterThanOrEqual(40e6);
  });
});
