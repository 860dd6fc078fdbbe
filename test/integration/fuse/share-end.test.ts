import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findSubjectProgram } from "../../../src/subjects/program.ts";
import { startShare } from "../../../src/trials/visibility/subjects/share/start.ts";
import { SubjectProcess } from "../../../src/subjects/subject-process.ts";
import { requires } from "../../requires.ts";
import { leave, makePlace, type Place } from "./place.ts";

const isMounted = (mountpoint: string) => fs.readFileSync("/proc/self/mountinfo", "utf8").includes(` ${mountpoint} `);

requires("fuse", "root")("the end of a share", () => {
  let place: Place;
  beforeEach(async () => {
    place = await makePlace({ echoEvents: "all" });
  });
  afterEach(async () => {
    await leave(place);
  });

  const exists = (pid: number) => fs.existsSync(`/proc/${pid}`);

  test("stop unmounts and ends the process, twice over", async () => {
    const { share, mountpoint } = place;
    expect(isMounted(mountpoint)).toBe(true);
    await share.stop();
    await share.stop();
    expect([isMounted(mountpoint), exists(share.pid)]).toEqual([false, false]);
  });

  test("a process that nobody speaks to any more unmounts by itself", async () => {
    await place.share.stop();
    const { source, mountpoint } = place;
    const alone = await SubjectProcess.start(findSubjectProgram("subjects/share"), { source, mountpoint, dials: {} });
    expect(isMounted(mountpoint)).toBe(true);
    expect(await alone.end(30_000)).toBe(true);
    expect(isMounted(mountpoint)).toBe(false);
  });

  test("stop removes the mount of a process that was killed", async () => {
    const { share, mountpoint, reader } = place;
    process.kill(share.pid, "SIGKILL");
    await expect.poll(() => exists(share.pid)).toBe(false);
    expect(await reader.look("size", path.join(mountpoint, "x"))).toBe("ENOTCONN");
    await share.stop();
    expect(isMounted(mountpoint)).toBe(false);
  });

  test("a busy mount is cut off, with mounts below it", async () => {
    const { share, mountpoint, source, fresh, reader } = place;
    const file = fresh();
    fs.writeFileSync(file.source, "x");
    await reader.look("held", file.mounted);
    fs.mkdirSync(path.join(source, "below"));
    spawnSync("mount", ["-t", "tmpfs", "none", path.join(mountpoint, "below")]);
    expect(isMounted(path.join(mountpoint, "below"))).toBe(true);
    await share.stop();
    expect([isMounted(mountpoint), isMounted(path.join(mountpoint, "below")), exists(share.pid)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await reader.look("held", file.mounted)).toBe("ENOTCONN");
  });

  test("what is wrong is said", async () => {
    const { source } = place;
    const directory = path.dirname(source);
    await expect(startShare({ source, mountpoint: path.join(directory, "none") })).rejects.toMatchObject({
      code: "FUSE_MOUNT_FAILED",
      message: expect.stringContaining(path.join(directory, "none")),
    });
    await expect(startShare({ source: path.join(directory, "none"), mountpoint: directory })).rejects.toThrow("ENOENT");
    await expect(startShare({ source, mountpoint: directory, dials: { attrTtlMs: -1 } })).rejects.toMatchObject({
      code: "SUBJECT_BAD_DIALS",
      message: expect.stringContaining("attrTtlMs is -1"),
    });
  });
});
