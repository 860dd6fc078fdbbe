import fs from "node:fs";

const { O_CREAT, O_EXCL } = fs.constants;

/** Where open calls carry their flags: [number of the call, position among its arguments], by architecture. */
const FLAG_POSITIONS: Partial<Record<NodeJS.Architecture, ReadonlyMap<number, number>>> = {
  x64: new Map([
    [2, 1],
    [257, 2],
  ]),
  arm64: new Map([[56, 2]]),
};

/** How often to look again at a thread that has sent its request and not gone to sleep yet. */
const ATTEMPTS = 200;

/** Whether the thread that waits for an answer is inside an open(2) with O_CREAT and O_EXCL; false when none can tell. */
export function createsExclusively(pid: number): boolean {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const call = readSyscall(pid);
    if (call === undefined) return false;
    if (call !== "running") return isExclusive(call, FLAG_POSITIONS[process.arch]);
  }
  return false;
}

/** A line of /proc/PID/syscall: the number of the call in decimal, then its arguments in hexadecimal. */
export function isExclusive(call: string, positions: ReadonlyMap<number, number> | undefined): boolean {
  const [number, ...args] = call.split(" ");
  const position = positions?.get(Number(number));
  const flags = Number(args[position ?? -1] ?? 0);
  return (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
}

function readSyscall(pid: number): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/syscall`, "utf8").trim();
  } catch {
    return undefined;
  }
}
