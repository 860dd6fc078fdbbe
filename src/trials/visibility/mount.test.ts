import { describe, expect, it, test } from "vitest";
import { draftHistory, optionsOf } from "../../../test/fixtures/visibility-history.ts";
import { DIRECTIONS } from "./model.ts";
import { classOf, DEFAULT_TTL_MS, mountOf } from "./mount.ts";
import { MOUNT_CLASSES } from "./options.ts";
import { createPromises, unpromised } from "./promises.ts";

const MOUNTINFO = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
40 22 0:35 / /mnt/with\\040blank rw - nfs4 server:/export rw,vers=4.2
41 22 0:36 / /mnt rw - tmpfs tmpfs rw
42 41 0:37 /sub /mnt/share rw - fuse.sshfs host:/dir rw
43 42 0:38 / /mnt/share rw - virtiofs share rw
`;

describe("the mount of a file", () => {
  test.each([
    ["/etc/passwd", "ext4"],
    ["/mnt/other", "tmpfs"],
    ["/mnt/share/file", "virtiofs"],
    ["/mnt/share", "virtiofs"],
    ["/mnt/shared", "tmpfs"],
    ["/mnt/with blank/file", "nfs4"],
  ])("%s lies on %s", (file, type) => {
    expect(mountOf(MOUNTINFO, file)?.type).toBe(type);
  });

  test("is unknown where a kernel tells no mounts", () => {
    expect(mountOf("", "/file")).toBeUndefined();
  });
});

describe("the class of a mount", () => {
  const between = (one: string, other: string, { device = "0:2", sameKernel = true } = {}) =>
    classOf([
      { type: one, device: "0:1", sameKernel },
      { type: other, device, sameKernel },
    ]);

  test.each([
    ["ext4", "native"],
    ["btrfs", "native"],
    ["overlay", "native"],
    ["nfs", "close-to-open"],
    ["nfs4", "close-to-open"],
    ["cifs", "close-to-open"],
    ["smb3", "close-to-open"],
    ["lustre", "close-to-open"],
    ["ceph", "coherent-cluster"],
    ["fuse.ceph-fuse", "coherent-cluster"],
    ["gfs2", "coherent-cluster"],
    ["virtiofs", "ttl-cache"],
    ["9p", "ttl-cache"],
    ["fuse", "ttl-cache"],
    ["fuse.sshfs", "ttl-cache"],
    ["fakeowner", "ttl-cache"],
    ["nfsd", "native"],
  ])("%s on one side makes it %s", (type, expected) => {
    expect(between("ext4", type)).toBe(expected);
    expect(between(type, "ext4")).toBe(expected);
  });

  test("one super block on one kernel is native, whatever its type; on two kernels it is not one", () => {
    expect(between("nfs4", "nfs4", { device: "0:1" })).toBe("native");
    expect(between("nfs4", "nfs4", { device: "0:1", sameKernel: false })).toBe("close-to-open");
    expect(between("nfs4", "nfs4")).toBe("close-to-open");
  });

  test("two classes are as good as the one that promises less", () => {
    expect(between("virtiofs", "nfs4")).toBe("close-to-open");
    expect(between("virtiofs", "ceph")).toBe("ttl-cache");
    expect(DEFAULT_TTL_MS["close-to-open"]).toBeGreaterThan(DEFAULT_TTL_MS["ttl-cache"]);
  });

  test("one side that tells decides for both; nobody who tells leaves the strictest", () => {
    expect(classOf([{ type: "nfs4", device: "0:1", sameKernel: true }])).toBe("close-to-open");
    expect(classOf([])).toBe("native");
  });
});

describe("what a mount promises", () => {
  const promisesOf = (type: string, raw: Record<string, unknown> = {}) => {
    const promises = createPromises(optionsOf(raw));
    const history = draftHistory();
    history.mount(type);
    for (const event of history.events) promises.see(event);
    return promises;
  };
  const limits = (type: string, raw?: Record<string, unknown>) =>
    (["never", "polling"] as const).map((state) =>
      promisesOf(type, raw).staleLimitMs({ direction: "host-to-container", state }),
    );

  test.each([
    ["ext4", {}, [10, 10]],
    ["fuse.sshfs", {}, [10, 1050]],
    ["nfs4", {}, [10, 60_050]],
    ["ceph", {}, [10, 10]],
    ["nfs4", { ttlMs: 3000 }, [10, 3050]],
    ["nfs4", { ttlMs: 0 }, [10, 10]],
    ["ext4", { ttlMs: 100 }, [10, 150]],
    ["ext4", { expect: "ttl-cache" }, [10, 1050]],
    ["nfs4", { expect: "native" }, [10, 10]],
  ])("%s with %j: who never looked, and who did", (type, raw, expected) => {
    expect(limits(type, raw)).toEqual(expected);
  });

  it("is read from the two sides of the direction", () => {
    const promises = promisesOf("nfs4");
    expect(DIRECTIONS.map((direction) => promises.classOf(direction))).toEqual([
      "close-to-open",
      "close-to-open",
      "native",
    ]);
  });

  it("has events on native mounts and mappings on coherent ones", () => {
    const told = MOUNT_CLASSES.map((expected) => {
      const promises = promisesOf("ext4", { expect: expected });
      const direction = "host-to-container";
      return [
        unpromised({ observer: "inotify", direction }, promises) === "",
        unpromised({ observer: "mmap", direction }, promises) === "",
        unpromised({ observer: "stat", direction }, promises) === "",
      ];
    });
    expect(Object.fromEntries(MOUNT_CLASSES.map((name, at) => [name, told[at]]))).toEqual({
      native: [true, true, true],
      "close-to-open": [false, false, true],
      "ttl-cache": [false, false, true],
      "coherent-cluster": [false, true, true],
    });
  });
});
