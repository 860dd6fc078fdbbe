import { VolumeDriver } from "../driver.ts";
import { References } from "../references.ts";
import { Refusal } from "../refusal.ts";
import type { Mutant } from "./mutant.ts";

/** Drivers that count wrong. */
export const countingMutants: readonly Mutant[] = [
  {
    id: "no-count",
    defect: "The first Unmount takes the volume from all who use it.",
    seenIn: "heliumdatacommons, Canyas",
    meant: ["M04", "M06", "M13"],
    throughEngine: ["E11"],
    parts: {
      References: class extends References {
        override drop(volume: string): void {
          this.volumes.delete(volume);
        }
      },
    },
  },
  {
    id: "set-of-ids",
    defect: "IDs are kept in a set, so the Unmount of `docker cp` is the last one.",
    seenIn: "NetApp#93, moby#37314",
    meant: ["M06"],
    throughEngine: ["E11"],
    parts: {
      References: class extends References {
        override add(volume: string, id: string): void {
          this.drop(volume, id);
          super.add(volume, id);
        }
      },
    },
  },
  {
    id: "same-id-refused",
    defect: "A second Mount with the same ID is an error.",
    seenIn: "rclone serve docker",
    meant: ["M06"],
    throughEngine: ["E11"],
    parts: {
      Driver: class extends VolumeDriver {
        override async mount(name: string, id: string, signal: AbortSignal): Promise<string> {
          if (this.tools.references.save().references[name]?.[id]) throw new Refusal("the ID has it mounted already");
          return super.mount(name, id, signal);
        }
      },
    },
  },
  {
    id: "one-user-only",
    defect: "A volume that is mounted is refused to everybody else.",
    seenIn: "by construction; block devices are attached once",
    meant: ["M04"],
    throughEngine: ["D06"],
    parts: {
      Driver: class extends VolumeDriver {
        override async mount(name: string, id: string, signal: AbortSignal): Promise<string> {
          if (this.tools.references.count(name) > 0) throw new Refusal("the volume is in use");
          return super.mount(name, id, signal);
        }
      },
    },
  },
  {
    id: "no-epochs",
    defect: "A Mount that an engine repeats after its crash counts once more, and for ever.",
    seenIn: "for-linux#404, rbd-docker-plugin#32",
    meant: ["M08"],
    throughEngine: ["X09", "X10"],
    parts: {
      References: class extends References {
        override beginEpoch(): void {}
      },
    },
  },
  {
    id: "one-counter",
    defect: "There is one number for each volume, and an Unmount with any ID makes it less.",
    seenIn: "vieux/sshfs, Brindster/cephfs",
    meant: ["M07"],
    parts: {
      References: class extends References {
        override drop(volume: string, id: string): void {
          const ids = this.volumes.get(volume);
          super.drop(volume, ids?.has(id) ? id : (ids?.keys().next().value ?? id));
        }
      },
    },
  },
  {
    id: "ids-of-all-volumes",
    defect: "IDs are counted without their volume, and Podman has one ID for all.",
    seenIn: "by construction; Podman's constant ID",
    meant: ["M09"],
    parts: {
      References: class extends References {
        override add(_volume: string, id: string): void {
          super.add("", id);
        }
        override drop(_volume: string, id: string): void {
          super.drop("", id);
        }
        override count(): number {
          return super.count("");
        }
      },
    },
  },
  {
    id: "counts-in-memory",
    defect: "References are not kept: after a restart nobody holds anything.",
    seenIn: "vieux/sshfs, netshare, Canyas",
    meant: ["X01", "X02", "X03"],
    throughEngine: ["X15"],
    parts: {
      References: class extends References {
        override save() {
          return { ...super.save(), references: {} };
        }
      },
    },
  },
  {
    id: "activation-forgets",
    defect: "Plugin.Activate begins with an empty table of references.",
    seenIn: "by construction",
    meant: ["P02"],
    parts: {
      References: class extends References {
        override beginEpoch(): void {
          this.volumes.clear();
        }
      },
    },
  },
];
