import { type About, DirectoryBackEnd } from "../back-end.ts";
import { type Shown, VolumeDriver } from "../driver.ts";
import { BackEndAway, NoAnswer, Refusal } from "../refusal.ts";
import type { Mutant } from "./mutant.ts";

/** Drivers that take an outage for something else. */
export const outageMutants: readonly Mutant[] = [
  {
    id: "outage-is-error",
    defect: "While the back end is away Get and List of known volumes fail.",
    seenIn: "rclone serve docker (#9231)",
    meant: ["G07"],
    throughEngine: ["X11"],
    parts: {
      Driver: class extends VolumeDriver {
        protected override async askOr(ask: () => Promise<void>): Promise<boolean> {
          await ask();
          return true;
        }
      },
    },
  },
  {
    id: "outage-is-empty-list",
    defect: "While the back end is away List is empty.",
    seenIn: "by construction",
    meant: ["G07"],
    parts: {
      Driver: class extends VolumeDriver {
        override async list(): ReturnType<VolumeDriver["list"]> {
          const isAway = await this.tools.backEnd.list().then(
            () => false,
            () => true,
          );
          return isAway ? [] : super.list();
        }
      },
    },
  },
  {
    id: "outage-denies",
    defect:
      "While the back end is away Get denies what it does not know, and an engine puts a local volume in its place.",
    seenIn: "rclone serve docker (#9231)",
    meant: ["G08"],
    isGlobal: true,
    parts: {
      Driver: class extends VolumeDriver {
        override get(name: string): Promise<Shown> {
          return super.get(name).catch((error: unknown) => {
            throw error instanceof NoAnswer ? new Refusal("the back end cannot be reached") : error;
          });
        }
      },
    },
  },
  {
    id: "outage-is-absence",
    defect: "A service that is not ready is taken for one that has no such volume.",
    seenIn: "by construction; a mgr that starts says EINVAL",
    meant: ["G14"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override find(name: string): Promise<About | undefined> {
          return super.find(name).catch((error: unknown) => {
            if (error instanceof BackEndAway) return undefined;
            throw error;
          });
        }
      },
    },
  },
];
