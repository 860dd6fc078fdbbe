import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type About, DirectoryBackEnd } from "../back-end.ts";
import { VolumeDriver } from "../driver.ts";
import { BindMounts } from "../mounts.ts";
import type { Options } from "../options.ts";
import { run } from "../programs.ts";
import { Refusal } from "../refusal.ts";
import type { Mutant } from "./mutant.ts";

const SLOW_DISK_MS = 100;

/** Drivers whose Remove takes too much or too little. */
export const removingMutants: readonly Mutant[] = [
  {
    id: "removes-mounted",
    defect: "A volume that is mounted is removed.",
    seenIn: "by construction",
    meant: ["R02"],
    throughEngine: ["X15"],
    parts: {
      Driver: class extends VolumeDriver {
        override async remove(name: string, signal: AbortSignal): Promise<void> {
          this.tools.references.clear(name);
          await super.remove(name, signal);
        }
      },
    },
  },
  {
    id: "deletes-through-mounts",
    defect: "Remove deletes recursively at the mount point before it asks anybody.",
    seenIn: "heliumdatacommons, vieux/sshfs (on the server), n0r1sk, Brindster/cephfs",
    meant: ["R02", "R05", "R06"],
    throughEngine: ["X15"],
    parts: {
      Driver: class extends VolumeDriver {
        override async remove(name: string, signal: AbortSignal): Promise<void> {
          await run("find", [this.tools.mounts.pathOf(name), "-mindepth", "1", "-delete"]);
          await super.remove(name, signal);
        }
      },
    },
  },
  {
    id: "follows-links",
    defect: "The deletion follows links out of the volume.",
    seenIn: "by construction",
    meant: ["R06"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async remove(name: string): Promise<void> {
          await run("find", ["-L", this.dataOf(name), "-mindepth", "1", "-delete"]);
          await super.remove(name);
        }
      },
    },
  },
  {
    id: "keeps-data",
    defect: "Remove forgets the name and keeps the data, and Create of the name brings it back.",
    seenIn: "by construction",
    meant: ["R01"],
    throughEngine: ["E05"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async remove(name: string): Promise<void> {
          await run("mv", ["-T", path.join(this.directory, name), path.join(this.directory, `.kept-${name}`)]);
        }
        override async create(name: string, options: Options): Promise<boolean> {
          await run("mv", ["-nT", path.join(this.directory, `.kept-${name}`), path.join(this.directory, name)]);
          return super.create(name, options);
        }
      },
    },
  },
  {
    id: "comes-back",
    defect: "A volume that was removed is made again as soon as somebody asks for it.",
    seenIn: "by construction; whatever brings about a wanted state does so",
    meant: ["R01"],
    throughEngine: ["E12"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        readonly #wanted = new Map<string, Options>();
        override async create(name: string, options: Options): Promise<boolean> {
          this.#wanted.set(name, options);
          return super.create(name, options);
        }
        override async find(name: string): Promise<About | undefined> {
          const options = this.#wanted.get(name);
          if (options && !(await super.find(name))) await super.create(name, options);
          return super.find(name);
        }
      },
    },
  },
  {
    id: "removes-piece-by-piece",
    defect: "A volume is deleted file by file under its name, so a crash leaves half of it.",
    seenIn: "heliumdatacommons, vieux/sshfs, Brindster/cephfs",
    meant: ["R08"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async remove(name: string): Promise<void> {
          await run("rm", ["-rf", "--", this.dataOf(name)]);
          await sleep(SLOW_DISK_MS);
          await super.remove(name);
        }
      },
    },
  },
  {
    id: "asks-others-too-late",
    defect: "That another host has the volume mounted is seen when its data is gone.",
    seenIn: "by construction",
    meant: ["R11"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async remove(name: string): Promise<void> {
          await run("find", [this.dataOf(name), "-mindepth", "1", "-delete"]);
          await super.remove(name);
        }
      },
    },
  },
  {
    id: "remove-is-moody",
    defect: "Remove of a missing volume succeeds when it was there before, and fails when it never was.",
    seenIn: "by construction",
    meant: ["R03"],
    parts: {
      Driver: class extends VolumeDriver {
        readonly #removed = new Set<string>();
        override async remove(name: string, signal: AbortSignal): Promise<void> {
          if (!this.#removed.has(name)) await this.existing(name);
          this.#removed.add(name);
          await super.remove(name, signal);
        }
      },
    },
  },
  {
    id: "crash-on-second-remove",
    defect: "A Remove that finds nothing any more ends the process.",
    seenIn: "by construction; sebt3 does so with Unmount (nil)",
    meant: ["R03", "R04"],
    parts: {
      Driver: class extends VolumeDriver {
        override async remove(name: string, signal: AbortSignal): Promise<void> {
          await super.remove(name, signal);
          if (this.#removed.has(name)) throw crash(new Error(`no record of ${name}`));
          this.#removed.add(name);
        }
        readonly #removed = new Set<string>();
      },
    },
  },
  {
    id: "purge-holds-the-name",
    defect: "The name of a removed volume is taken until all its files are deleted.",
    seenIn: "by construction",
    meant: ["R07"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        readonly #purging = new Set<string>();
        override async remove(name: string): Promise<void> {
          await super.remove(name);
          this.#purging.add(name);
          void run("sleep", ["1"]).then(() => this.#purging.delete(name));
        }
        override async create(name: string, options: Options): Promise<boolean> {
          if (this.#purging.has(name)) throw new Refusal("the volume is being deleted");
          return super.create(name, options);
        }
      },
    },
  },
  {
    id: "leaves-mount-points",
    defect: "The directories of mounts stay after Remove.",
    seenIn: "by construction",
    meant: ["R10"],
    parts: {
      Mounts: class extends BindMounts {
        override async forget(): Promise<void> {}
      },
    },
  },
];

/** Not to be caught by whoever called. */
function crash(error: Error): Error {
  setImmediate(() => {
    throw error;
  });
  return error;
}
