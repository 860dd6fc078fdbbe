import { expect, test } from "vitest";
import { parseMountInfo } from "../../../../core/mount-info.ts";
import { isBindOf } from "./mount-table.ts";

const DISK = "8:1 / / rw - ext4 /dev/sda rw";
const SHARE = "0:40 /export /shared rw - nfs server:/export rw";

/** The last line is the mount in question. */
function isBind(source: string, ...lines: string[]): boolean {
  const table = parseMountInfo(lines.map((line, index) => `${index + 1} 0 ${line}`).join("\n"));
  const mount = table.at(-1);
  return mount !== undefined && isBindOf(mount, source, table);
}

test("a bind shows the directory it was made of", () => {
  expect(isBind("/d/v/data", DISK, "8:1 /d/v/data /m/v rw - ext4 /dev/sda rw")).toBe(true);
  expect(isBind("/shared/v/data", DISK, SHARE, "0:40 /export/v/data /m/v rw - nfs server:/export rw")).toBe(true);
});

test("another directory, another disk and a name that begins alike are something else", () => {
  expect(isBind("/d/v/data", DISK, "8:1 /d/w/data /m/v rw - ext4 /dev/sda rw")).toBe(false);
  expect(isBind("/d/v/data", DISK, "8:2 /d/v/data /m/v rw - ext4 /dev/sdb rw")).toBe(false);
  expect(isBind("/d/v/data", DISK, "8:1 /d/v/data2 /m/v rw - ext4 /dev/sda rw")).toBe(false);
});

test("a source that lies in a mount of its own is not that of the disk below", () => {
  expect(isBind("/shared/v/data", DISK, SHARE, "8:1 /shared/v/data /m/v rw - ext4 /dev/sda rw")).toBe(false);
});
