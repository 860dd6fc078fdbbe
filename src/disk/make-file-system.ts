import { type FileSystem, PAGE_BYTES } from "../core/disk.ts";
import { runTool } from "./tools.ts";

/**
 * Blocks are pages, also on a disk so small that mkfs.ext4 would choose smaller ones: a rule for pages that begin with
 * some bytes would miss files that begin in the middle of one. The disk drops no blocks, so none are discarded. And
 * everything is written now: a file system that goes on making itself in the background would be the first to be hit by
 * a fault.
 */
const OPTIONS: Record<FileSystem, string[]> = {
  ext4: ["-F", "-b", String(PAGE_BYTES), "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"],
  xfs: ["-f", "-K"],
  btrfs: ["-f", "-K"],
};

/** @throws SeatrialError DISK_TOOL_FAILED */
export async function makeFileSystem(fileSystem: FileSystem, device: string): Promise<void> {
  await runTool(`mkfs.${fileSystem}`, "-q", ...OPTIONS[fileSystem], device);
}
