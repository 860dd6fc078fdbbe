import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSystemClock } from "../../../src/core/clock.ts";
import { findSubjectProgram } from "../../../src/subjects/program.ts";
import { NotOffered, type Subject } from "../../../src/trials/volume/subject.ts";
import {
  commandSubject,
  type CommandSubjectRequest,
} from "../../../src/trials/volume/subjects/host/command-subject.ts";
import { type DriverHost, openDriverHost } from "../../../src/trials/volume/subjects/host/host.ts";
import { descendantsOf } from "../../../src/trials/volume/subjects/host/processes.ts";
import { startShare } from "../../../src/trials/visibility/subjects/share/start.ts";
import { requires } from "../../requires.ts";
import { commandOf, DRIVER, isAlive } from "./tiny.ts";

const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-running-")));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function place(name: string): string {
  const made = path.join(directory, name);
  fs.mkdirSync(made, { recursive: true });
  return made;
}

requires("root", "embedded")("a driver that runs already", () => {
  // Its mounts are to be seen, and are not to stay on the machine.
  let host: DriverHost;
  let start: string;
  const opened: Subject[] = [];

  beforeAll(async () => {
    host = await openDriverHost({ directory: place("h"), hands: findSubjectProgram("subjects/hands") });
    const { socket, state, root, shared } = host.places;
    const words = host.enter([process.execPath, DRIVER, socket, state, root, shared]).join(" ");
    start = `echo starting; ${words} >>${directory}/log 2>&1 &`;
  });
  afterAll(async () => {
    for (const subject of opened) await subject[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
  });

  function open(request: Partial<CommandSubjectRequest> = {}): Subject {
    const subject = commandSubject({
      ...{ socketPath: host.places.socket, mountRoot: host.places.root, mountNamespacePid: host.keeperPid() },
      commands: { start },
      ...{ workdir: place("scratch"), clock: createSystemClock(), deadlineMs: 10_000 },
      ...request,
    });
    opened.push(subject);
    return subject;
  }

  test("is started, found, stopped and killed", async () => {
    const { process: driver } = open();
    expect(driver?.pid()).toBeUndefined();
    expect(await driver?.start()).toBeGreaterThan(1);
    const pid = driver?.pid() ?? 0;
    expect(commandOf(pid)).toContain(DRIVER);
    await driver?.start();
    expect(driver?.pid()).toBe(pid);
    expect(driver?.log()).toBe("starting\n");
    expect((await driver?.usage())?.processes).toBe(1);
    expect(await driver?.stop()).toBeDefined();
    expect([driver?.pid(), isAlive(pid)]).toEqual([undefined, false]);
    await driver?.start();
    await driver?.kill();
    expect(driver?.pid()).toBeUndefined();
  });

  test("is ended by commands of the user's, and told of when they do not", async () => {
    const inHost = host.enter(["sh", "-c", `kill -9 $(cat ${host.places.state}/lock)`]);
    const kill = inHost.map((word) => `'${word}'`).join(" ");
    const { process: driver } = open({ commands: { start, stop: "true", kill } });
    await driver?.start();
    expect(await driver?.stop(100)).toBeUndefined();
    expect(driver?.pid()).toBeUndefined();
    const { process: wrong } = open({ commands: { start: "echo no such unit >&2; exit 5" } });
    await expect(wrong?.start()).rejects.toThrow(/ended with status 5\nno such unit/);
  });

  test("is seen with its mounts, and goes on without the subject", async () => {
    const subject = open();
    await subject.process?.start();
    await subject.client().create("v");
    await subject.client().mount("v", "1");
    const { root, shared } = host.places;
    const point = path.join(root, "v");
    expect((await subject.mounts?.table())?.map((mount) => mount.path)).toContain(point);
    await subject.mounts?.files.write(`${point}/file`, "text");
    expect(fs.readdirSync(point)).toEqual([]);
    expect(fs.readFileSync(path.join(shared, "v", "file"), "utf8")).toBe("text");
    await using bound = await subject.mounts?.files.bind(point);
    expect(await bound?.files.read(`${bound.path}/file`)).toBe("text");
    await subject[Symbol.asyncDispose]();
    expect(subject.process?.pid()).toBeDefined();
  });

  test("has no other host, and no second instance", async () => {
    const { process: driver, backEnd, peer, fresh } = open();
    expect([backEnd, peer, fresh]).toEqual([undefined, undefined, undefined]);
    await expect(driver?.rebootHost()).rejects.toThrow(NotOffered);
    await expect(driver?.second()).rejects.toThrow(NotOffered);
    expect(() => driver?.statePath).toThrow(NotOffered);
  });
});

requires("root", "fuse")("a file system that does not answer", () => {
  test("hangs a hand that is given up, and nobody else", async () => {
    const [source, root] = [place("source"), place("fuse")];
    fs.writeFileSync(path.join(source, "file"), "text");
    const mountpoint = place("fuse/mounted");
    const share = await startShare({ source, mountpoint });
    try {
      const common = { workdir: directory, clock: createSystemClock(), deadlineMs: 1000, handsLimitMs: 2000 };
      const subject = commandSubject({ socketPath: "/none", mountRoot: root, ...common });
      const { files } = subject.mounts ?? {};
      expect(await files?.read(`${mountpoint}/file`)).toBe("text");
      process.kill(share.pid, "SIGSTOP");
      await expect(files?.read(`${mountpoint}/file`)).rejects.toMatchObject({ code: "late" });
      expect(await files?.list(root)).toEqual(["mounted"]);
      expect((await subject.mounts?.table())?.map((mount) => mount.path)).toContain(mountpoint);
      await subject[Symbol.asyncDispose]();
      const left = descendantsOf([process.pid]).filter((pid) => pid !== share.pid && isAlive(pid));
      process.kill(share.pid, "SIGCONT");
      await expect.poll(() => left.filter(isAlive)).toEqual([]);
    } finally {
      process.kill(share.pid, "SIGCONT");
      await share.stop();
    }
  });
});
