import { spawn } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rmdir } from "node:fs/promises";
import path from "node:path";
import type { About } from "../back-end.ts";
import { VolumeDriver } from "../driver.ts";
import { mountTable } from "../mount-table.ts";
import { BindMounts } from "../mounts.ts";
import { mountFlags, readOptions } from "../options.ts";
import { run } from "../programs.ts";
import { References } from "../references.ts";
import { DriverServer } from "../server.ts";
import { killUsers } from "./kill-users.ts";
import type { Mutant } from "./mutant.ts";

/** Drivers that mount what, where or when they should not. */
export const mountingMutants: readonly Mutant[] = [
  {
    id: "mount-makes-volumes",
    defect: "Mount of a missing volume makes it.",
    seenIn: "by construction",
    meant: ["M10", "G13"],
    parts: {
      Driver: class extends VolumeDriver {
        protected override async existing(name: string): Promise<About> {
          await this.tools.backEnd.create(name, readOptions(new Map()));
          return super.existing(name);
        }
      },
    },
  },
  {
    id: "stacks-mounts",
    defect: "Every Mount mounts over what is there.",
    seenIn: "rexray#1130 (65,536 mounts)",
    meant: ["M11", "X06"],
    throughEngine: ["D10"],
    parts: {
      Mounts: class extends BindMounts {
        override async mount(volume: string, source: string, flags: readonly string[]): Promise<void> {
          if (!(await this.mounted()).includes(volume)) return super.mount(volume, source, flags);
          await this.bind(["--bind", "--", source, this.pathOf(volume)]);
        }
      },
    },
  },
  {
    id: "believes-its-count",
    defect:
      "A count above zero is taken for a mount: after a reboot, or an umount by somebody else, nothing is mounted.",
    seenIn: "Brindster/cephfs",
    meant: ["M21", "X05"],
    parts: {
      References: class extends References {
        override clear(): void {}
      },
      Driver: class extends VolumeDriver {
        protected override async bind(name: string, volume: About): Promise<void> {
          if (this.tools.references.count(name) === 0) await super.bind(name, volume);
        }
      },
    },
  },
  {
    id: "any-mount-will-do",
    defect: "Whatever is mounted at the place is taken for the volume.",
    seenIn: "heliumdatacommons",
    meant: ["M22"],
    parts: {
      Mounts: class extends BindMounts {
        override async mount(volume: string, source: string, flags: readonly string[]): Promise<void> {
          if (!(await this.mounted()).includes(volume)) await super.mount(volume, source, flags);
        }
      },
    },
  },
  {
    id: "mounts-the-disk",
    defect: "Each first Mount gets a new directory of the host's disk.",
    seenIn: "by construction",
    meant: ["M02", "D03"],
    throughEngine: ["D01", "E08", "E12", "E14"],
    parts: {
      Mounts: class extends BindMounts {
        override async mount(volume: string, source: string, flags: readonly string[]): Promise<void> {
          if ((await this.mounted()).includes(volume)) return;
          await super.mount(volume, await mkdtemp(`${path.dirname(source)}/disk-`), flags);
        }
      },
    },
  },
  {
    id: "copy-for-each-host",
    defect: "Each host has a copy of its own of a volume that is said to be everywhere.",
    seenIn: "by construction; the engine's own driver, taken for a global one",
    meant: ["D02", "D11"],
    throughEngine: ["E17", "E18"],
    isGlobal: true,
    parts: {
      Driver: class extends VolumeDriver {
        protected override async bind(name: string, volume: About): Promise<void> {
          const { mounts, backEnd, settings } = this.tools;
          const own = `${backEnd.dataOf(name)} on ${settings.host}`;
          await mkdir(own, { recursive: true });
          await mounts.mount(name, own, mountFlags(volume.options));
        }
      },
    },
  },
  {
    id: "owner-set-anew",
    defect: "Each Mount gives the volume's root the owner and mode of its options again.",
    seenIn: "by construction; `chown` at each start is common",
    meant: [],
    throughEngine: ["D05"],
    parts: {
      Driver: class extends VolumeDriver {
        protected override async bind(name: string, volume: About): Promise<void> {
          const { mode, uid, gid } = volume.options;
          await super.bind(name, volume);
          await chown(this.tools.backEnd.dataOf(name), uid, gid);
          await chmod(this.tools.backEnd.dataOf(name), mode);
        }
      },
    },
  },
  {
    id: "no-programs",
    defect: "Mounts are noexec, though nobody asked for it.",
    seenIn: "by construction; defaults of hardened hosts",
    meant: [],
    throughEngine: ["D09"],
    parts: {
      Mounts: class extends BindMounts {
        override mount(volume: string, source: string, flags: readonly string[]): Promise<void> {
          return super.mount(volume, source, [...flags, "noexec"]);
        }
      },
    },
  },
  {
    id: "path-empty",
    defect: "Mount answers an empty path, and the container gets the engine's own files.",
    seenIn: "by construction; runc then binds the bundle",
    meant: ["M01"],
    throughEngine: ["E03"],
    parts: { Driver: answeringPath(() => "") },
  },
  {
    id: "path-relative",
    defect: "Mount answers a path that is not absolute.",
    seenIn: "by construction",
    meant: ["M01"],
    throughEngine: ["E06", "E07", "E08"],
    parts: { Driver: answeringPath((at) => path.relative("/", at)) },
  },
  {
    id: "path-unclean",
    defect: "Mount answers a path with `..` in it, which escapes from a managed driver's directory.",
    seenIn: "moby#53023",
    meant: ["M01"],
    parts: { Driver: answeringPath((at) => `${path.dirname(at)}/../mounts/${path.basename(at)}`) },
  },
  {
    id: "failed-mount-counts",
    defect: "A Mount that fails leaves its reference.",
    seenIn: "vsphere#608, vsphere#320",
    meant: ["M17"],
    parts: {
      Driver: class extends VolumeDriver {
        override async mount(name: string, id: string, signal: AbortSignal): Promise<string> {
          return super.mount(name, id, signal).catch((error: unknown) => {
            this.tools.references.add(name, id);
            throw error;
          });
        }
      },
    },
  },
  {
    id: "failed-mount-answers-disk",
    defect: "A Mount that fails answers the empty directory where it would have been.",
    seenIn: "heliumdatacommons (reads no exit status)",
    meant: ["M17"],
    parts: {
      Mounts: class extends BindMounts {
        protected override async bind(arguments_: readonly string[]): Promise<void> {
          await super.bind(arguments_).catch(() => undefined);
        }
      },
    },
  },
  {
    id: "late-mount-stays",
    defect: "A mount that succeeds after its caller has gone stays, with its reference.",
    seenIn: "by construction",
    meant: ["M18", "M20"],
    parts: {
      Driver: class extends VolumeDriver {
        override mount(name: string, id: string): Promise<string> {
          return super.mount(name, id, new AbortController().signal);
        }
      },
    },
  },
  {
    id: "no-deadline",
    defect: "A call that hangs is answered when it ends, or never.",
    seenIn: "by construction",
    meant: ["M18"],
    parts: {
      Server: class extends DriverServer {
        protected override inTime(...[method, body]: Parameters<DriverServer["inTime"]>): Promise<object> {
          return method(body, new AbortController().signal);
        }
      },
    },
  },
  {
    id: "never-unmounts",
    defect: "The last Unmount leaves the mount.",
    seenIn: "by construction",
    meant: ["M03", "M05"],
    throughEngine: ["E04"],
    parts: {
      Driver: class extends VolumeDriver {
        protected override async release(name: string, id: string): Promise<void> {
          this.tools.references.drop(name, id);
          await this.tools.save();
        }
      },
    },
  },
  {
    id: "unmounts-by-force",
    defect: "Unmount ends those who still use the mount, as `umount -f` and `fuser -k` do.",
    seenIn: "heliumdatacommons",
    meant: ["M15"],
    parts: {
      Mounts: class extends BindMounts {
        override async unmount(volume: string): Promise<void> {
          killUsers(this.pathOf(volume));
          await super.unmount(volume);
        }
      },
    },
  },
  {
    id: "late-rmdir",
    defect: "The directory of a mount is removed after Unmount, while the next Mount is on its way.",
    seenIn: "heliumdatacommons (d7b45e3)",
    meant: ["M14", "D03"],
    parts: {
      Mounts: class extends BindMounts {
        readonly #toRemove = new Set<string>();
        override async unmount(volume: string): Promise<void> {
          await super.unmount(volume);
          this.#toRemove.add(this.pathOf(volume));
        }
        protected override async bind(arguments_: readonly string[]): Promise<void> {
          const target = arguments_.at(-1) ?? "";
          if (this.#toRemove.delete(target)) await rmdir(target);
          await super.bind(arguments_);
        }
      },
    },
  },
  {
    id: "process-for-each-mount",
    defect: "Every Mount leaves a process behind.",
    seenIn: "sebt3 (a client for each call)",
    meant: ["M24"],
    parts: {
      Mounts: class extends BindMounts {
        override async mount(volume: string, source: string, flags: readonly string[]): Promise<void> {
          spawn("sleep", ["3600"], { stdio: "ignore" }).unref();
          await super.mount(volume, source, flags);
        }
      },
    },
  },
  {
    id: "unmount-empties",
    defect: "The last Unmount takes the data with it.",
    seenIn: "by construction; volumes in memory do",
    meant: ["D03", "M16"],
    parts: {
      Mounts: class extends BindMounts {
        override async unmount(volume: string): Promise<void> {
          const at = this.pathOf(volume);
          if ((await mountTable()).some((mount) => mount.path === at))
            await run("find", [at, "-mindepth", "1", "-delete"]);
          await super.unmount(volume);
        }
      },
    },
  },
];

/** A driver whose Mount answers something else than the path. */
function answeringPath(told: (path: string) => string): typeof VolumeDriver {
  return class extends VolumeDriver {
    override async mount(name: string, id: string, signal: AbortSignal): Promise<string> {
      return told(await super.mount(name, id, signal));
    }
  };
}
