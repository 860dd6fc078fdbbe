import fs from "node:fs";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { TaskContext } from "../../../agent/protocol.ts";
import type { EventKind, LookReport, Observer, SeenEvent } from "../model.ts";
import type { LookInput } from "./look.ts";
import { openGaze } from "./observe.ts";
import { type Operation, operations } from "./operations.ts";

/** inotify(7), <sys/inotify.h>. */
const MASK: Record<EventKind, number> = {
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  OVERFLOW: 0x4000,
};
const KINDS = Object.entries(MASK) as [EventKind, number][];
const WATCHED = KINDS.reduce((mask, [kind, bit]) => (kind === "OVERFLOW" ? mask : mask | bit), 0);
const HEADER_BYTES = 16;
const BUFFER_BYTES = 65536;

/** One wait inside the kernel; between two of them the agent hears its lab. */
const WAIT_MS = 20;

/** Where the kernel tells of a change, it tells all at once. */
const LINGER_MS = 1.5;

/** Watches the directory (told by "armed") until every expected event was heard or the budget is used up. */
export async function watch(input: LookInput, context: TaskContext): Promise<LookReport> {
  const native = context.native();
  const operation = operations[input.operation];
  const gaze = openGaze(contentObserver(operation), false, { ...input, operation, native: context.native });
  const fd = native.inotifyOpen();
  const report: LookReport = {
    armedNs: 0,
    runs: [],
    events: [],
    looks: 0,
    maxGapNs: 0,
    endedNs: 0,
    timedOut: false,
    unarmed: false,
  };
  try {
    native.inotifyWatch(fd, input.directory, WATCHED);
    report.armedNs = context.nowNs();
    context.emit("armed");
    let endNs = report.armedNs + input.budgetMs * 1e6;
    let complete = false;
    while (context.nowNs() < endNs && !context.signal.aborted) {
      if (!native.waitReadable(fd, complete ? 1 : WAIT_MS)) {
        await yieldToEvents();
        continue;
      }
      const atNs = context.nowNs();
      for (const event of ofInterest(readEvents(fd), operation, input.name))
        report.events.push({ ...event, atNs, answer: gaze.look() });
      if (complete || !allHeard(report.events, operation, input.name)) continue;
      complete = true;
      endNs = Math.min(endNs, atNs + (input.lingerMs ?? LINGER_MS) * 1e6);
    }
    report.endedNs = context.nowNs();
    report.timedOut = !complete;
    return report;
  } finally {
    fs.closeSync(fd);
    gaze.close();
  }
}

/** What a program that was woken by an event would do next. */
function contentObserver(operation: Operation): Observer {
  const after = operation.after("x");
  return after.is === "file" && after.attribute === undefined && after.mode === undefined && after.mtimeNs === undefined
    ? "read"
    : "stat";
}

function ofInterest(events: HeardEvent[], operation: Operation, name: string): HeardEvent[] {
  const names = new Set([name, ...operation.events.map((event) => event.name(name))]);
  return events.filter((event) => names.has(event.name) || event.kind === "OVERFLOW");
}

/** The last event only counts with the new state beside it: an earlier one of its kind may tell of the preparation. */
function allHeard(heard: readonly SeenEvent[], operation: Operation, name: string): boolean {
  const last = operation.events.at(-1);
  return operation.events.every((expected) =>
    heard.some(
      (event) =>
        event.kind === expected.kind &&
        event.name === expected.name(name) &&
        (expected !== last || event.answer === "new"),
    ),
  );
}

type HeardEvent = Pick<SeenEvent, "kind" | "name" | "cookie">;

function readEvents(fd: number): HeardEvent[] {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  return parseEvents(buffer.subarray(0, fs.readSync(fd, buffer, 0, BUFFER_BYTES, null)));
}

/** struct inotify_event: watch i32, mask u32, cookie u32, length u32, then the name padded with zeroes. */
export function parseEvents(bytes: Buffer): HeardEvent[] {
  const events: HeardEvent[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const mask = bytes.readUInt32LE(at + 4);
    const cookie = bytes.readUInt32LE(at + 8);
    const length = bytes.readUInt32LE(at + 12);
    const name = bytes.toString("utf8", at + HEADER_BYTES, at + HEADER_BYTES + length).replace(/\0+$/, "");
    for (const [kind, bit] of KINDS) if (mask & bit) events.push({ kind, name, cookie });
    at += HEADER_BYTES + length;
  }
  return events;
}
