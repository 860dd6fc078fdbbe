import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { fail } from "./errors.ts";

/** How long the processes of a container may take to stop or to go on; only system calls that wait for a device need it. */
const LIMIT_MS = 5000;
const LOOK_EVERY_MS = 2;

/** States of proc_pid_stat(5): stopped, and ended. */
const STOPPED = "T";
const ENDED = ["Z", "X"];

/**
 * Stops or continues every process of the container whose first process is `first`, except that one: it stays awake, so
 * that a paused container still ends with its lab. Looks again until all are as wanted, for they may fork meanwhile.
 * Each process is looked up and signalled by its own number: kill(2) with -1 would do the same in one call, but should
 * it ever run outside of the container, it would stop the machine.
 * @throws EMBEDDED_STUCK when one does not follow
 */
export async function signalMembers(first: number, signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
  const namespace = pidNamespace(first);
  if (namespace === undefined) return;
  if (namespace === pidNamespace("self")) throw new Error(`process ${first} is in no container: nothing was signalled`);
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const rest = membersOf(namespace).filter((pid) => pid !== first && !isAsWanted(pid, signal));
    if (rest.length === 0) return;
    if (waitedMs >= LIMIT_MS) throw fail("EMBEDDED_STUCK", `process(es) ${rest.join(", ")} do not follow ${signal}`);
    for (const pid of rest) signalOne(pid, namespace, signal);
    await wait(LOOK_EVERY_MS);
  }
}

/** Processes of one pid namespace as this machine numbers them; not those of namespaces below it. */
function membersOf(namespace: string): number[] {
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return numbers.map(Number).filter((pid) => pidNamespace(pid) === namespace);
}

function isAsWanted(pid: number, signal: "SIGSTOP" | "SIGCONT"): boolean {
  const state = stateOf(pid);
  if (state === undefined || ENDED.includes(state)) return true;
  return (state === STOPPED) === (signal === "SIGSTOP");
}

/** Looks once more right before: the number may belong to a process outside by now. */
function signalOne(pid: number, namespace: string, signal: "SIGSTOP" | "SIGCONT"): void {
  if (pidNamespace(pid) !== namespace) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between; the next look does not find it.
  }
}

function pidNamespace(pid: number | "self"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  } catch {
    return undefined;
  }
}
