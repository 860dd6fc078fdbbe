import { describe, expect, test } from "vitest";
import { containersOf, type MountTables } from "./holders.ts";

const HOST = ["22 1 8:1 / / rw shared:1 - ext4 /dev/a rw", "90 22 0:41 / /mounts/v rw shared:2 - fuse.ceph-fuse x rw"];
const VOLUME = { device: "0:41", root: "/", type: "fuse.ceph-fuse" };
const text = (lines: string[]) => `${lines.join("\n")}\n`;
const isHeldBy = (...other: string[]) =>
  containersOf({ nowNs: () => 0 }, () => ({ own: text(HOST), others: [text(other)] }))(VOLUME);

describe("a mount is held in another namespace", () => {
  test("by a container, which has it on a file system of its own", () => {
    const root = "300 299 0:50 / / rw - overlay overlay rw";
    expect(isHeldBy(root, "301 300 0:41 / /data rw - fuse.ceph-fuse x rw")).toBe(true);
    expect(isHeldBy(root, "301 300 0:41 /below /data rw master:2 - fuse.ceph-fuse x rw")).toBe(true);
    expect(isHeldBy(root, "301 300 0:42 / /data rw - fuse.ceph-fuse x rw")).toBe(false);
  });

  test("not by a service whose namespace follows the host's, and has a copy of every mount", () => {
    const copy = "201 200 0:41 / /mounts/v rw master:2 - fuse.ceph-fuse x rw";
    expect(isHeldBy("200 199 8:1 / / rw shared:9 master:1 - ext4 /dev/a rw", copy)).toBe(false);
    expect(isHeldBy("200 199 8:1 / /host rw master:1 - ext4 /dev/a rw", copy.replace(" /m", " /host/m"))).toBe(false);
  });

  test("by a namespace that has a copy of its own, or the volume at a place of its own", () => {
    const copy = "201 200 0:41 / /mounts/v rw - fuse.ceph-fuse x rw";
    expect(isHeldBy("200 199 8:1 / / rw - ext4 /dev/a rw", copy)).toBe(true);
    const elsewhere = copy.replace("/mounts/v", "/srv/v");
    expect(isHeldBy("200 199 8:1 / / rw master:1 - ext4 /dev/a rw", elsewhere)).toBe(true);
  });
});

test("one look serves a second", () => {
  let [nowNs, looks] = [0, 0];
  const look = (): MountTables => ({ own: `${looks++ || ""}`, others: [] });
  const isHeld = containersOf({ nowNs: () => nowNs }, look);
  for (nowNs of [0, 1e9, 1e9 + 1]) isHeld(VOLUME);
  expect(looks).toBe(2);
});
