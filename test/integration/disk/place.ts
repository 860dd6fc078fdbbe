import { randomUUID } from "node:crypto";
import type { DiskRule, DiskSpec, FileSystem } from "../../../src/core/disk.ts";
import { diskRule } from "../../../src/core/disk.ts";
import { type DiskContext, type FaultDisk, openDisk } from "../../../src/disk/disk.ts";
import { currentOwner } from "../../../src/store/owner.ts";
import { findSubjectProgram } from "../../../src/subjects/program.ts";

const MIB = 2 ** 20;
/** As small as each may be. */
const SIZE_BYTES: Record<FileSystem, number> = { ext4: 32 * MIB, xfs: 300 * MIB, btrfs: 110 * MIB };

/** A disk of this process. */
export function makeDisk(
  fileSystem: FileSystem,
  spec: Partial<DiskSpec> = {},
  context: Partial<DiskContext> = {},
): Promise<FaultDisk> {
  const asked = { name: "data", sizeBytes: SIZE_BYTES[fileSystem], fileSystem, mountOptions: [], ...spec };
  const owner = currentOwner(`disk-test-${randomUUID()}`, process.pid);
  const program = findSubjectProgram("disk/disk");
  return openDisk(asked, { owner, program, signal: new AbortController().signal, ...context });
}

/** Rules with their defaults. */
export const rules = (...given: object[]): DiskRule[] => given.map((rule) => diskRule.parse(rule));
