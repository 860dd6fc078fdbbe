import fs from "node:fs";
import os from "node:os";
import { FILE_SYSTEMS, type FileSystem } from "../core/disk.ts";
import { messageOf } from "../core/errors.ts";
import type { PreflightCheck } from "../core/runtime.ts";
import { findTool } from "./tools.ts";

/** Something that is not there, and what to do about it. */
interface Lack {
  what: string;
  remedy: string;
}

const TOOLS = ["unshare", "losetup", "mount", "umount"];
const MKFS_PACKAGES: Record<FileSystem, string> = { ext4: "e2fsprogs", xfs: "xfsprogs", btrfs: "btrfs-progs" };
const DEVICES = [
  { device: "/dev/fuse", module: "fuse" },
  { device: "/dev/loop-control", module: "loop" },
];

/** Looks whether disks can be made here, and which file systems they can carry; changes nothing. */
export function diskPreflight(): PreflightCheck {
  const id = "disk";
  const usable = FILE_SYSTEMS.filter((name) => findTool(`mkfs.${name}`) !== undefined);
  const missing = FILE_SYSTEMS.filter((name) => !usable.includes(name)).map(mkfsLack);
  const lacks = [...rightLacks(), ...toolLacks(), ...DEVICES.flatMap(deviceLacks)];
  if (lacks.length === 0 && usable.length > 0) {
    const detail = [`disks that lie can carry ${usable.join(", ")}`, ...missing.map(({ what }) => what)].join("; ");
    return { id, state: "ok", detail };
  }
  // All else runs without them.
  const all = usable.length > 0 ? lacks : [...lacks, mkfsLack("ext4")];
  const detail = `disks that lie cannot be made: ${all.map(({ what }) => what).join("; ")}`;
  return { id, state: "warn", detail, remedy: all.map(({ remedy }) => remedy).join(" ") };
}

function rightLacks(): Lack[] {
  if (os.platform() !== "linux") return [{ what: "this is no Linux", remedy: "Run Seatrial in a Linux machine." }];
  return os.userInfo().uid === 0 ? [] : [{ what: "this user is not root", remedy: "Run as root." }];
}

function toolLacks(): Lack[] {
  return TOOLS.filter((tool) => findTool(tool) === undefined).map((tool) => ({
    what: `no program named ${tool}`,
    remedy: "Install util-linux and mount.",
  }));
}

function mkfsLack(fileSystem: FileSystem): Lack {
  return { what: `no program named mkfs.${fileSystem}`, remedy: `Install ${MKFS_PACKAGES[fileSystem]}.` };
}

function deviceLacks({ device, module }: (typeof DEVICES)[number]): Lack[] {
  try {
    fs.accessSync(device, fs.constants.R_OK | fs.constants.W_OK);
    return [];
  } catch (error) {
    const remedy = `Load the module (modprobe ${module}); in a container, give it the device and CAP_SYS_ADMIN.`;
    return [{ what: messageOf(error), remedy }];
  }
}
