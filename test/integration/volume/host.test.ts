import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { createSystemClock } from "../../../src/core/clock.ts";
import type { MountPoint } from "../../../src/core/mount-info.ts";
import { servedSubject, type ServedSubjectRequest } from "../../../src/trials/volume/subjects/host/served-subject.ts";
import type { Subject } from "../../../src/trials/volume/subject.ts";
import { requires } from "../../requires.ts";

const DRIVER = path.resolve("test/integration/volume/tiny-driver.mjs");
const COMMAND = `"${process.execPath}" "${DRIVER}" {socket} {state} {root} {shared}`;

requires("embedded")("a driver in a host of its own", () => {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-host-")));
  afterAll(() => fs.rmSync(directory, { recursive: true }));

  function serve(request: Partial<ServedSubjectRequest> = {}): Promise<Subject> {
    const workdir = fs.mkdtempSync(path.join(directory, "w-"));
    return servedSubject({ command: COMMAND, workdir, clock: createSystemClock(), deadlineMs: 10_000, ...request });
  }

  async function mounted(subject: Subject): Promise<string[]> {
    const below = ({ path: point }: MountPoint) => point.startsWith(`${subject.mounts?.root}/`);
    return ((await subject.mounts?.table()) ?? []).filter(below).map(({ path: point }) => point);
  }

  async function mountOne(subject: Subject, name = "v"): Promise<string> {
    const client = subject.client();
    await client.create(name);
    const answer = await client.mount(name, "1");
    return (answer.json as { Mountpoint: string }).Mountpoint;
  }

  test("its mounts are seen from outside, and are not the machine's", async () => {
    await using subject = await serve();
    const point = await mountOne(subject);
    expect(await mounted(subject)).toEqual([point]);
    expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(point);
    await subject.mounts?.files.write(`${point}/file`, "text");
    expect(await subject.mounts?.files.read(`${point}/file`)).toBe("text");
    expect(fs.readdirSync(point)).toEqual([]);
    await subject.client().unmount("v", "1");
    expect(await mounted(subject)).toEqual([]);
  });
});
