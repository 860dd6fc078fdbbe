import type { ClockRelation } from "../../core/agent.ts";
import type { HistoryEvent } from "../../core/history.ts";
import type { MountPoint } from "../../core/mount-info.ts";
import type { Cell, Direction } from "./model.ts";
import { classOf, DEFAULT_TTL_MS } from "./mount.ts";
import { NOTES } from "./notes.ts";
import type { MountClass, VisibilityOptions } from "./options.ts";

export type MountNote = MountPoint & { side: string; directory: string };
/** How the clock and the kernel of one side stand to the lab's, as noted in a run. */
export interface ClockNote {
  side: string;
  kernel: string;
  arch: string;
  nodeVersion: string;
  nativeMissing: string;
  relation: ClockRelation;
}

/** What the mounts promise, from the notes that a run begins with. */
export interface Promises {
  see(event: HistoryEvent): void;
  classOf(direction: Direction): MountClass;
  /** By when a change must be seen in a cell, milliseconds, before anything is added for the floor. */
  staleLimitMs(cell: Pick<Cell, "direction" | "state"> & { observer?: Cell["observer"] }): number;
  promisesEvents(direction: Direction): boolean;
  /** Whether a load from a mapping sees what the other side stored: no cache that is revalidated at open only can do that. */
  promisesMappings(direction: Direction): boolean;
  /** Another tool took the samples: what its looks saw on the way, and what it took itself, nobody knows. */
  isForeign(): boolean;
  mounts(): readonly MountNote[];
  clocks(): readonly ClockNote[];
}

/** The original tool's "good" mean, and so the limit of what counts as prompt where nothing may be cached. */
export const PROMPT_MS = 10;

/** Timers of a cache run in the kernel's ticks; nothing is called late for less. */
const CACHE_MARGIN_MS = 50;

/** Sees the notes of a run and answers what each direction's mounts promise; `options.expect` overrides them. */
export function createPromises(options: VisibilityOptions): Promises {
  const mounts = new Map<string, MountNote>();
  const clocks = new Map<string, ClockNote>();
  let foreign = false;
  const mountClass = (direction: Direction): MountClass => {
    if (options.expect !== "auto") return options.expect;
    const names = direction === "container-to-container" ? ["env-0/main", "env-0/second"] : ["host", "env-0/main"];
    const sides = names.flatMap((name) => {
      const mount = mounts.get(name);
      return mount ? [{ ...mount, sameKernel: clocks.get(name)?.relation.sameKernel ?? false }] : [];
    });
    return classOf(sides);
  };
  const ttlMs = (kind: MountClass) => options.ttlMs ?? DEFAULT_TTL_MS[kind];
  return {
    see: (event) => {
      if (event.kind !== "note") return;
      foreign ||= event.note === NOTES.method;
      if (event.note === NOTES.mount) mounts.set((event.data as MountNote).side, event.data as MountNote);
      if (event.note === NOTES.clock) clocks.set((event.data as ClockNote).side, event.data as ClockNote);
    },
    classOf: mountClass,
    staleLimitMs: ({ direction, state, observer }) => {
      const ttl = ttlMs(mountClass(direction as Direction));
      // A name can be one that nobody looked at; the directory of all samples has been listed before.
      const unseen = state === "never" && observer !== "readdir" && observer !== "agreement";
      return ttl === 0 || unseen ? PROMPT_MS : ttl + CACHE_MARGIN_MS;
    },
    promisesEvents: (direction) => mountClass(direction) === "native",
    promisesMappings: (direction) => ["native", "coherent-cluster"].includes(mountClass(direction)),
    isForeign: () => foreign,
    mounts: () => [...mounts.values()],
    clocks: () => [...clocks.values()],
  };
}

/** Why samples of another tool are not judged. */
export const FOREIGN = "another tool took the samples, and its report does not tell what its looks saw on the way";

/** Why a cell is not judged although it was measured; "" when it is. */
export function unpromised({ observer, direction }: Pick<Cell, "observer" | "direction">, promises: Promises): string {
  if (observer === "inotify" && !promises.promisesEvents(direction as Direction))
    return "a mount of this class promises no events";
  if (observer === "mmap" && !promises.promisesMappings(direction as Direction))
    return "a mount of this class promises nothing of mappings";
  return "";
}
