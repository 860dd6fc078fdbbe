import { DirectoryBackEnd } from "../back-end.ts";
import { type Shown, VolumeDriver } from "../driver.ts";
import type { Mutant } from "./mutant.ts";

const FIRST_PAGE = 10;
const SLOW_START_MS = 1500;

/** Drivers that tell of volumes what is not so. */
export const tellingMutants: readonly Mutant[] = [
  {
    id: "created-at-empty",
    defect: "Get answers an empty CreatedAt, which no engine can read.",
    seenIn: "by construction",
    meant: ["G02"],
    throughEngine: ["E02", "E13"],
    parts: {
      Driver: class extends VolumeDriver {
        override async get(name: string): Promise<Shown> {
          return { ...(await super.get(name)), CreatedAt: "" };
        }
      },
    },
  },
  {
    id: "get-finds-all",
    defect: "Get finds any name.",
    seenIn: "heliumdatacommons (any status but 404)",
    meant: ["G03"],
    parts: {
      Driver: class extends VolumeDriver {
        override get(name: string): Promise<Shown> {
          return super.get(name).catch(() => ({ Name: name, Status: {} }));
        }
      },
    },
  },
  {
    id: "get-other-path",
    defect: "Get tells where the volume lies in the back end, and Mount where it is mounted.",
    seenIn: "by construction",
    meant: ["G04", "G05"],
    parts: {
      Driver: class extends VolumeDriver {
        override async get(name: string): Promise<Shown> {
          return { ...(await super.get(name)), Mountpoint: this.tools.backEnd.dataOf(name) };
        }
      },
    },
  },
  {
    id: "get-other-name",
    defect: "Get answers another name than it was asked for, and the engine takes that one.",
    seenIn: "by construction",
    meant: ["C01", "G02"],
    parts: {
      Driver: class extends VolumeDriver {
        override async get(name: string): Promise<Shown> {
          return { ...(await super.get(name)), Name: `local/${name}` };
        }
      },
    },
  },
  {
    id: "status-stale",
    defect: "Status tells what was so when the volume was made.",
    seenIn: "by construction",
    meant: ["G06"],
    parts: {
      Driver: class extends VolumeDriver {
        override async get(name: string): Promise<Shown> {
          return { ...(await super.get(name)), Status: { references: 0 } };
        }
      },
    },
  },
  {
    id: "get-denies-at-first",
    defect: "Get denies all volumes until a scan in the background has found them.",
    seenIn: "rclone serve docker (#9231)",
    meant: ["G09"],
    parts: {
      Driver: class extends VolumeDriver {
        readonly #startedMs = performance.now();
        override get(name: string): Promise<Shown> {
          return super.get(performance.now() - this.#startedMs < SLOW_START_MS ? `${name}-` : name);
        }
      },
    },
  },
  {
    id: "list-first-page",
    defect: "List has the first ten volumes.",
    seenIn: "by construction",
    meant: ["C04", "G10", "X08"],
    parts: {
      Driver: class extends VolumeDriver {
        override async list(): ReturnType<VolumeDriver["list"]> {
          return (await super.list()).slice(0, FIRST_PAGE);
        }
      },
    },
  },
  {
    id: "list-internals",
    defect: "List shows what the driver keeps beside the volumes.",
    seenIn: "by construction; CephFS keeps `_nogroup` and `_deleting` beside its subvolumes",
    meant: ["G01"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async list(): Promise<string[]> {
          return [...(await super.list()), "lost+found"];
        }
      },
    },
  },
];
