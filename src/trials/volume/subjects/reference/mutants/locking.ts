import { setTimeout as sleep } from "node:timers/promises";
import { type Shown, VolumeDriver } from "../driver.ts";
import { Locks } from "../locks.ts";
import { BindMounts } from "../mounts.ts";
import { Refusal } from "../refusal.ts";
import type { Mutant } from "./mutant.ts";

/** All who come at once meet in it, however busy the machine is; below a test's deadline. */
const LONG_MOUNT_MS = 1000;

/** As over a network that is slow. */
class LongMounts extends BindMounts {
  protected override async bind(arguments_: readonly string[]): Promise<void> {
    await sleep(LONG_MOUNT_MS);
    await super.bind(arguments_);
  }
}

/** Locks on what has none, and on everything. */
class OneLock extends Locks {
  override with<T>(_volume: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return super.with("", signal, work);
  }
}

/** Drivers whose locks lock too little, too much or for ever. */
export const lockingMutants: readonly Mutant[] = [
  {
    id: "no-lock",
    defect: "Calls for one volume run side by side.",
    seenIn: "Brindster/cephfs (its mutex is copied), Canyas, DBCDK",
    meant: ["M11", "M12"],
    parts: {
      Locks: class extends Locks {
        override with<T>(_volume: string, _signal: AbortSignal, work: () => Promise<T>): Promise<T> {
          return work();
        }
      },
      Mounts: LongMounts,
    },
  },
  {
    id: "refuses-while-busy",
    defect: "A call for a volume that is being mounted is refused as busy.",
    seenIn: "heliumdatacommons (`Resource busy`)",
    meant: ["M11", "M12"],
    throughEngine: ["E07", "E08"],
    parts: {
      Locks: class extends Locks {
        readonly #busy = new Set<string>();
        override async with<T>(volume: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
          if (this.#busy.has(volume)) throw new Refusal("Resource busy");
          this.#busy.add(volume);
          return super.with(volume, signal, work).finally(() => this.#busy.delete(volume));
        }
      },
      Mounts: LongMounts,
    },
  },
  {
    id: "lock-kept-on-error",
    defect: "A call that fails does not let go of the lock.",
    seenIn: "heliumdatacommons (c68cbbd)",
    meant: ["M17"],
    parts: {
      Locks: class extends Locks {
        override async with<T>(volume: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
          return new Promise((resolve, reject) => {
            const locked = () => work().then(resolve, (error: unknown) => failed(error, reject));
            super.with(volume, signal, locked).catch(reject);
          });
        }
      },
    },
  },
  {
    id: "lock-kept-without-caller",
    defect: "A call whose caller has gone does not let go of the lock.",
    seenIn: "by construction",
    meant: ["P15"],
    parts: {
      Locks: class extends Locks {
        override async with<T>(volume: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
          return super.with(volume, signal, async () => {
            const done = await work();
            return signal.aborted ? new Promise<never>(() => undefined) : done;
          });
        }
      },
    },
  },
  {
    id: "one-lock",
    defect: "One lock holds all volumes and Get and List too: a mount that hangs stops everything.",
    seenIn: "vieux/sshfs, heliumdatacommons, rclone serve docker",
    meant: ["G11", "M19"],
    parts: {
      Locks: OneLock,
      Driver: class extends VolumeDriver {
        readonly #always = new AbortController().signal;
        override get(name: string): Promise<Shown> {
          return this.tools.locks.with(name, this.#always, () => super.get(name));
        }
      },
    },
  },
];

/** The caller has its error, and the lock waits for ever. */
function failed(error: unknown, reject: (error: unknown) => void): Promise<never> {
  reject(error);
  return new Promise(() => undefined);
}
