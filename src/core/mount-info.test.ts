import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isWithin, mountHolding, mountsBelow, parseMountInfo } from "./mount-info.ts";

const TEXT = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:26 / /data rw,nosuid,nodev shared:4 master:1 - fuse.sshfs host:/x rw
31 30 0:27 / /data/a\\040b\\134c ro,noexec - tmpfs tmpfs rw
32 27 0:28 / /data rw - xfs /dev/vdb rw
`;

describe("mountinfo", () => {
  const mounts = parseMountInfo(TEXT);

  test("paths are unescaped, optional fields passed over", () => {
    expect(mounts[2]).toEqual({
      path: "/data",
      device: "0:26",
      root: "/",
      options: ["rw", "nosuid", "nodev"],
      type: "fuse.sshfs",
      source: "host:/x",
      superOptions: ["rw"],
    });
    expect(mounts[3]).toMatchObject({ path: "/data/a b\\c", options: ["ro", "noexec"], type: "tmpfs" });
    expect(mounts[1]?.superOptions).toEqual(["rw", "discard"]);
  });

  test("the deepest mount holds a path, the newest where two lie on one place", () => {
    expect(mountHolding(mounts, "/data/x")?.type).toBe("xfs");
    expect(mountHolding(mounts, "/database")?.type).toBe("ext4");
    expect(mountHolding(mounts, "/data/a b\\c/d")?.type).toBe("tmpfs");
  });

  test("mounts below are strictly below, each place once", () => {
    expect(mountsBelow(mounts, "/").map(({ path }) => path)).toEqual(["/proc", "/data", "/data/a b\\c"]);
    expect(mountsBelow(mounts, "/data").map(({ path }) => path)).toEqual(["/data/a b\\c"]);
    expect(mountsBelow(mounts, "/dat")).toEqual([]);
  });

  test("this machine's own", () => {
    const own = parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"));
    expect(mountHolding(own, "/proc")?.type).toBe("proc");
    expect(own.every(({ path, type }) => path.startsWith("/") && type !== "")).toBe(true);
  });
});

test.each([
  ["/a/b", "/a", true],
  ["/a", "/a", true],
  ["/ab", "/a", false],
  ["/a", "/", true],
  ["/", "/a", false],
])("isWithin(%s, %s)", (path, directory, within) => {
  expect(isWithin(path, directory)).toBe(within);
});
