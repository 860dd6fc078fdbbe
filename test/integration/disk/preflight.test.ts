import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import type { PreflightCheck } from "../../../src/core/runtime.ts";
import { diskPreflight } from "../../../src/disk/preflight.ts";
import { requires } from "../../requires.ts";

/** What the check says in a process that `launcher` runs. */
function checkUnder(...launcher: string[]): PreflightCheck {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "disk-preflight-"));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  fs.chmodSync(directory, 0o755);
  const outfile = path.join(directory, "check.cjs");
  const contents =
    'import { diskPreflight } from "./preflight.ts"; process.stdout.write(JSON.stringify(diskPreflight()));';
  buildSync({ stdin: { contents, resolveDir: "src/disk" }, outfile, bundle: true, platform: "node" });
  const [command, ...args] = [...launcher, process.execPath, outfile] as const;
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as PreflightCheck;
}

requires("disk")("whether disks can be made", () => {
  test("it is told what they can carry", () => {
    expect(diskPreflight()).toMatchObject({ id: "disk", state: "ok", detail: expect.stringContaining("ext4") });
  });

  test("an ordinary user is told to be root", () => {
    const { state, detail, remedy } = checkUnder("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    expect([state, detail]).toEqual(["warn", expect.stringContaining("this user is not root")]);
    expect(detail).toContain("/dev/fuse");
    expect(remedy).toContain("Run as root.");
  });

  test("each missing program and device is named, with what to do", () => {
    const hide = 'for d in /usr/sbin /usr/local/sbin /dev; do mount -t tmpfs none $d || exit; done; exec "$@"';
    const { state, detail, remedy } = checkUnder("unshare", "-m", "--propagation", "private", "sh", "-c", hide, "sh");
    expect(state).toBe("warn");
    for (const missing of ["losetup", "mkfs.ext4", "/dev/fuse", "/dev/loop-control"]) expect(detail).toContain(missing);
    for (const step of ["Install util-linux", "Install e2fsprogs", "modprobe loop"]) expect(remedy).toContain(step);
  });
});
