import { describe, expect, test } from "vitest";
import type { Capabilities } from "./capabilities.ts";
import { decide } from "./requires.ts";

const everything: Capabilities = {
  ...{ docker: "", podman: "", embedded: "", chromium: "", fuse: "", fio: "", root: "", disk: "" },
  ...{ disk: "", xfs: "", btrfs: "", ceph: "", engine: "" },
};
const noDocker: Capabilities = { ...everything, docker: "no engine at unix:///gone.sock" };

describe("what a lacking capability does to a test", () => {
  test("nothing lacks: it runs", () => {
    expect(decide(["docker", "embedded"], everything, ["docker"])).toEqual({ kind: "run" });
  });

  test("a lack nobody asked about does not matter", () => {
    expect(decide(["embedded"], noDocker, ["docker"])).toEqual({ kind: "run" });
  });

  test("a lack skips, and says what and why", () => {
    const decision = decide(["docker"], noDocker, ["embedded"]);
    expect(decision).toEqual({ kind: "skip", reason: "needs docker: no engine at unix:///gone.sock" });
  });

  test("a lack of what was required fails", () => {
    expect(decide(["embedded", "docker"], noDocker, ["docker"])).toMatchObject({ kind: "fail" });
  });

  test("several lacks are all named", () => {
    const lacks = { ...noDocker, fuse: "/dev/fuse cannot be opened" };
    expect(decide(["docker", "fuse"], lacks, [])).toMatchObject({ reason: expect.stringContaining("needs fuse") });
  });
});
