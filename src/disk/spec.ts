import path from "node:path";
import { type DiskSpec, type FileSystem, FILE_SYSTEMS, PAGE_BYTES } from "../core/disk.ts";
import { diskError } from "./errors.ts";

const MIB = 2 ** 20;

/** What each mkfs is content with: mkfs.xfs 6 wants 300 MiB, mkfs.btrfs 109 MiB for its two copies of metadata. */
const LEAST_BYTES: Record<FileSystem, number> = { ext4: 16 * MIB, xfs: 300 * MIB, btrfs: 110 * MIB };

/** @throws SeatrialError DISK_BAD_SPEC, DISK_TOO_SMALL */
export function checkSpec({ name, sizeBytes, fileSystem, log, image }: DiskSpec): void {
  const refuse = (reason: string) => diskError("DISK_BAD_SPEC", `disk "${name}": ${reason}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name)) throw refuse("its name is not letters, digits and dashes");
  if (!FILE_SYSTEMS.includes(fileSystem)) throw refuse(`no file system is called "${fileSystem as string}"`);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes % PAGE_BYTES !== 0)
    throw refuse(`${sizeBytes} bytes are no multiple of ${PAGE_BYTES}`);
  if (log !== undefined && !path.isAbsolute(log)) throw refuse(`its log "${log}" is no absolute path`);
  if (image !== undefined && !path.isAbsolute(image)) throw refuse(`its image "${image}" is no absolute path`);
  const leastBytes = LEAST_BYTES[fileSystem];
  if (sizeBytes >= leastBytes) return;
  const [has, wants] = [sizeBytes, leastBytes].map((bytes) => `${Math.floor(bytes / MIB)} MiB`);
  throw diskError("DISK_TOO_SMALL", `disk "${name}": ${fileSystem} needs ${wants}, this is ${has}`);
}
