import fs from "node:fs";
import { systemCode } from "../../../../core/errors.ts";

/** Every process of this machine by the one that started it. Not of one moment: a process may have ended since. */
export function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of fs.readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : undefined;
    if (parent === undefined) continue;
    const siblings = children.get(parent) ?? [];
    siblings.push(Number(name));
    children.set(parent, siblings);
  }
  return children;
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command before it may hold blanks and parentheses: proc_pid_stat(5).
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

/** Processes that these have started, at any depth. */
export function descendantsOf(roots: readonly number[], children = childrenByParent()): number[] {
  return roots.flatMap((root) => {
    const below = children.get(root) ?? [];
    return [...below, ...descendantsOf(below, children)];
  });
}

/** Resident memory and open descriptors of one process; zeros once it has ended. */
export function appetiteOf(pid: number): { residentBytes: number; descriptors: number } {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    return { residentBytes: Number(kibibytes) * 1024, descriptors: fs.readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return { residentBytes: 0, descriptors: 0 };
  }
}

/** The process that listens at a socket, on this machine; undefined where nobody does that this user may look at. */
export function listenerOf(socketPath: string): number | undefined {
  const inode = listeningInode(socketPath);
  if (inode === undefined) return undefined;
  const pids = fs.readdirSync("/proc").filter((name) => /^[1-9]\d*$/.test(name));
  // The first process holds sockets for services that it starts when they are asked for.
  return pids.map(Number).findLast((pid) => pid !== 1 && holds(pid, `socket:[${inode}]`));
}

/** `Num RefCount Protocol Flags Type St Inode Path`; the flag __SO_ACCEPTCON, 10000, is for those that listen. */
function listeningInode(socketPath: string): string | undefined {
  const lines = fs.readFileSync("/proc/net/unix", "utf8").split("\n");
  const line = lines.find((one) => one.endsWith(` ${socketPath}`) && one.split(/\s+/)[3] === "00010000");
  return line?.split(/\s+/)[6];
}

function holds(pid: number, file: string): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return fs.readdirSync(directory).some((descriptor) => linkAt(`${directory}/${descriptor}`) === file);
  } catch {
    return false;
  }
}

function linkAt(path: string): string {
  try {
    return fs.readlinkSync(path);
  } catch {
    return "";
  }
}

/** False when there is no such process any more. */
export function signal(pid: number, name: "SIGTERM" | "SIGKILL"): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (systemCode(error) === "ESRCH") return false;
    throw error;
  }
}
