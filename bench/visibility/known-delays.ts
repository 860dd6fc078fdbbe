import { mkdirSync } from "node:fs";
import path from "node:path";
import { startMirror } from "../../src/trials/visibility/subjects/mirror/start.ts";
import { startShare } from "../../src/trials/visibility/subjects/share/start.ts";
import { makeFolder } from "../bench.ts";
import type { Measurement } from "../table.ts";
import { medianOf, runCommand } from "./command.ts";

const DELAYS_MS = [10, 50, 200];
const REPEATS = 3;
const POLLING = ["--observers", "stat", "--states", "polling", "--scenarios", "none", "--samples", "9"];

/** Only the share changes anything, so it may trust what it knows; else each call pays for looking up its whole path. */
const KNOWS_ITS_WAY = { entryTtlMs: 60_000, attrTtlMs: 60_000 };

/** A subject between two directories, a known time late. */
interface LateSubject {
  what: string;
  /** Changes that it delays. */
  operations: readonly string[];
  direction: string;
  start(source: string, other: string, delayMs: number): Promise<{ stop(): Promise<void> }>;
}

const SUBJECTS: readonly LateSubject[] = [
  {
    what: "a share that takes its time",
    operations: ["mkdir", "symlink", "chmod"],
    direction: "container-to-host",
    start: (source, mountpoint, delayMs) =>
      startShare({
        source,
        mountpoint,
        dials: {
          ...KNOWS_ITS_WAY,
          delayMs: { mkdir: delayMs, symlink: delayMs, setattr: delayMs },
        },
      }),
  },
  {
    what: "a replica that is behind",
    operations: ["create", "append", "unlink"],
    direction: "host-to-container",
    start: (source, replica, delayMs) => startMirror({ source, replica, dials: { delayMs } }),
  },
];

/** The median that is reported of each operation on subjects whose delay is known. */
export async function measureKnownDelays(): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const subject of SUBJECTS) {
    for (const delayMs of DELAYS_MS) {
      const values: number[] = [];
      for (let repeat = 0; repeat < REPEATS; repeat++) values.push(...(await mediansOf(subject, delayMs)));
      const off = Math.max(2, delayMs * 0.05);
      rows.push({ what: `${subject.what}, ${delayMs} ms`, unit: "ms", values, wanted: `${delayMs} ± ${off} ms` });
    }
  }
  return rows;
}

async function mediansOf({ operations, direction, start }: LateSubject, delayMs: number): Promise<number[]> {
  using folder = makeFolder();
  const [source, other] = [path.join(folder.path, "source"), path.join(folder.path, "private", "other")];
  for (const directory of [source, other]) mkdirSync(directory, { recursive: true });
  const subject = await start(source, other, delayMs);
  try {
    const places = ["--path", source, "--share", other, "--directions", direction, "--environments", "1"];
    const { report } = await runCommand([
      ...["--runtime", "embedded", "--operations", operations.join(","), ...POLLING, ...places],
    ]);
    return operations.map((operation) => medianOf(report, "visibility.latency", { operation }));
  } finally {
    await subject.stop();
  }
}
