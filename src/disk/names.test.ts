import { describe, expect, test } from "vitest";
import type { DiskSpec } from "../core/disk.ts";
import { markOf, ownerIn } from "./mark.ts";
import { checkSpec } from "./spec.ts";

describe("the mark of a disk", () => {
  const owner = { runId: "2026-01-01T00-00-00Z/a:b", lab: "boot:12:345:ho st" };

  test("gives its owner back, from the end of any path", () => {
    const mark = markOf(owner, "data", "1");
    expect(mark).not.toMatch(/[/ ]/);
    expect(ownerIn(mark)).toEqual(owner);
    expect(ownerIn(`/tmp/disk/${mark}:3`)).toEqual(owner);
  });

  test("is not in what others have made", () => {
    for (const file of [
      "/var/lib/image.img",
      "seatrial-disk",
      "seatrial-disk:a",
      "/x/other-disk:a:b:c:d",
      "/x/seatrial-disk:%zz:a:b:c",
      "",
    ]) {
      expect(ownerIn(file)).toBeUndefined();
    }
  });

  test("tells two disks of one name apart", () => {
    expect(markOf(owner, "data", "1")).not.toBe(markOf(owner, "data", "2"));
  });
});

describe("what can be a disk", () => {
  const spec: DiskSpec = { name: "d", sizeBytes: 16 * 2 ** 20, fileSystem: "ext4", mountOptions: [] };
  const codeOf = (changed: Partial<DiskSpec>) => {
    try {
      checkSpec({ ...spec, ...changed });
      return "";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test("sizes that each file system is content with", () => {
    const MIB = 2 ** 20;
    expect(codeOf({})).toBe("");
    expect(codeOf({ sizeBytes: 15 * MIB })).toBe("DISK_TOO_SMALL");
    expect(codeOf({ sizeBytes: 299 * MIB, fileSystem: "xfs" })).toBe("DISK_TOO_SMALL");
    expect(codeOf({ sizeBytes: 300 * MIB, fileSystem: "xfs" })).toBe("");
    expect(codeOf({ sizeBytes: 109 * MIB, fileSystem: "btrfs" })).toBe("DISK_TOO_SMALL");
    expect(codeOf({ sizeBytes: 110 * MIB, fileSystem: "btrfs" })).toBe("");
  });

  test("names, whole pages, absolute paths", () => {
    for (const changed of [
      { name: "a/b" },
      { name: "" },
      { sizeBytes: 20 * 2 ** 20 + 1 },
      { log: "log" },
      { image: "image" },
    ]) {
      expect(codeOf(changed)).toBe("DISK_BAD_SPEC");
    }
    expect(codeOf({ fileSystem: "vfat" as never })).toBe("DISK_BAD_SPEC");
  });
});
