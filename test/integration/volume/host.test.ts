import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { createSystemClock } from "../../../src/core/clock.ts";
import { parseMountInfo } from "../../../src/core/mount-info.ts";
import { descendantsOf } from "../../../src/trials/volume/subjects/host/processes.ts";
import { servedSubject, type ServedSubjectRequest } from "../../../src/trials/volume/subjects/host/served-subject.ts";
import type { DriverProcess, FileHands, MountView, Subject } from "../../../src/trials/volume/subject.ts";
import { requires } from "../../requires.ts";
import { commandOf, DRIVER, isAlive, serveCommand } from "./tiny.ts";

interface Served extends Subject {
  mounts: MountView;
  process: DriverProcess;
}

requires("embedded")("a driver in a host of its own", () => {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-host-")));
  afterAll(() => fs.rmSync(directory, { recursive: true }));

  async function serve(request: Partial<ServedSubjectRequest> = {}): Promise<Served> {
    const workdir = fs.mkdtempSync(path.join(directory, "w-"));
    const clock = createSystemClock();
    return (await servedSubject({ command: serveCommand(), workdir, clock, deadlineMs: 10_000, ...request })) as Served;
  }

  /** Where the driver has mounted the volume, with a file in it. */
  async function mountOne(subject: Served, name = "v"): Promise<string> {
    const client = subject.client();
    await client.create(name);
    const answer = await client.mount(name, "1");
    const point = (answer.json as { Mountpoint: string }).Mountpoint;
    await subject.mounts.files.write(`${point}/file`, "text");
    return point;
  }

  async function mountedIn({ mounts }: Served): Promise<string[]> {
    return (await mounts.table())
      .map(({ path: point }) => point)
      .filter((point) => point.startsWith(`${mounts.root}/`));
  }

  async function helperOf(subject: Subject): Promise<number> {
    const { json } = await subject.client().activate();
    const inHost = (json as { helper: number }).helper;
    const numbers = (pid: number) => /^NSpid:\s+(.*)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    const pid = descendantsOf([process.pid]).find((one) => numbers(one)?.endsWith(`\t${inHost}`));
    expect(pid).toBeDefined();
    return pid ?? 0;
  }

  test("its mounts are seen from outside, and are not the machine's", async () => {
    await using subject = await serve();
    const point = await mountOne(subject);
    expect(await mountedIn(subject)).toEqual([point]);
    expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(point);
    expect(fs.readdirSync(point)).toEqual([]);
    await subject.client().unmount("v", "1");
    expect(await mountedIn(subject)).toEqual([]);
  });

  test("it finds a small environment, and what it prints is kept", async () => {
    await using subject = await serve({ environment: { WORD: "given" } });
    await expect.poll(() => subject.process.log()).toMatch(/HOME=.*\/host-1\/home WORD=given USER=undefined/);
  });

  test("it cannot change what the machine lives on", async () => {
    await using subject = await serve();
    const { files } = subject.mounts;
    const places = ["/etc", "/usr/bin", "/home"].map((place) => `${place}/seatrial-host-test`);
    for (const place of places) {
      await expect(files.write(place, "")).rejects.toMatchObject({ code: "EROFS" });
      fs.writeFileSync(place, "");
      await expect(files.remove(place)).rejects.toMatchObject({ code: "EROFS" });
      fs.rmSync(place);
    }
    await files.write(path.join(directory, "file"), "");
  });

  test("killed, it leaves its helpers and mounts, and starts again", async () => {
    await using subject = await serve();
    const point = await mountOne(subject);
    const [pid, helper] = [subject.process.pid() ?? 0, await helperOf(subject)];
    expect(fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain(DRIVER);
    expect((await subject.process.usage()).processes).toBe(1);
    await subject.process.kill();
    expect(subject.process.pid()).toBeUndefined();
    expect([isAlive(pid), isAlive(helper)]).toEqual([false, true]);
    expect(await mountedIn(subject)).toEqual([point]);
    expect(await subject.process.start()).toBeGreaterThan(1);
    const { processes, residentBytes, descriptors } = await subject.process.usage();
    expect(processes).toBe(2);
    expect(residentBytes).toBeGreaterThan(10 * 2 ** 20);
    expect(descriptors).toBeGreaterThan(10);
    expect(subject.process.log().match(/HOME=/g)).toHaveLength(2);
    process.kill(helper, "SIGKILL");
    await expect.poll(async () => (await subject.process.usage()).processes).toBe(1);
  });

  test("it is stopped, by force where it is deaf, also while it is paused", async () => {
    await using subject = await serve();
    expect(await subject.process.stop()).toBeLessThan(5000);
    await using deaf = await serve({ command: serveCommand("deaf") });
    expect(await deaf.process.stop(2000)).toBeUndefined();
    expect(deaf.process.pid()).toBeUndefined();
    expect(deaf.process.log()).toContain("no\n");
    await deaf.process.start();
    process.kill(deaf.process.pid() ?? 0, "SIGSTOP");
    await deaf.process.kill();
    expect(deaf.process.pid()).toBeUndefined();
  });

  test("a reboot of its host ends all but the files", async () => {
    await using subject = await serve();
    const point = await mountOne(subject);
    const bootId = await subject.mounts.files.read("/proc/sys/kernel/random/boot_id");
    const [pid, helper] = [subject.process.pid() ?? 0, await helperOf(subject)];
    await using held = await subject.mounts.files.hold(`${point}/file`);
    await subject.process.rebootHost();
    expect([isAlive(pid), isAlive(helper)]).toEqual([false, false]);
    expect(await mountedIn(subject)).toEqual([]);
    await expect(held.read()).rejects.toMatchObject({ code: "gone" });
    expect(await subject.mounts.files.list(point)).toEqual([]);
    expect(await subject.mounts.files.read("/proc/sys/kernel/random/boot_id")).not.toBe(bootId);
    expect(fs.existsSync(path.join(subject.process.statePath, "lock"))).toBe(true);
    expect(await mountOne(subject)).toBe(point);
    expect(await subject.mounts.files.read(`${point}/file`)).toBe("text");
  });

  test("a second instance that refuses says why, one that does not is ended", async () => {
    await using subject = await serve();
    await using refused = await subject.process.second();
    expect(refused.ended).toContain("ended with status 3\n");
    expect(refused.ended).toContain("another one is at it");
    expect(refused.isServing).toBe(false);
    fs.rmSync(path.join(subject.process.statePath, "lock"));
    const before = (await subject.process.usage()).processes;
    const second = await subject.process.second();
    expect(second).toMatchObject({ ended: undefined, isServing: true });
    await second[Symbol.asyncDispose]();
    // The helper of the second one stays.
    expect((await subject.process.usage()).processes).toBe(before + 1);
    expect((await subject.client().activate()).ok).toBe(true);
  });

  test("one that does not come up is told of in its own words", async () => {
    const ends = serve({ command: "sh -c 'echo no disk >&2; exit 7'" });
    await expect(ends).rejects.toMatchObject({ code: "VOLUME_DRIVER_FAILED" });
    await expect(ends).rejects.toThrow(/ended with status 7\n.*no disk/s);
    const dumb = serve({ command: serveCommand("dumb"), startLimitMs: 3000 });
    await expect(dumb).rejects.toThrow(/no answer on .*driver\.sock after 3 s\n.*HOME=/s);
    await expect(serve({ command: "/no/such/program" })).rejects.toThrow(/No such file/);
    await expect(serve({ command: "a 'b" })).rejects.toMatchObject({ code: "VOLUME_COMMAND_UNREADABLE" });
    const left = () => descendantsOf([process.pid]).map(commandOf);
    await expect.poll(() => left().filter((words) => words.includes(DRIVER))).toEqual([]);
  });

  test("a peer has the same back end, a fresh one nothing in common, and they live at once", async () => {
    await using subject = await serve({ hasPeer: true });
    const point = await mountOne(subject);
    const peer = subject.peer as Served;
    const there = await mountOne(peer, "v");
    expect(there).not.toBe(point);
    await subject.mounts.files.write(`${point}/other`, "seen");
    expect(await peer.mounts.files.read(`${there}/other`)).toBe("seen");
    const names = [subject, peer].map(({ mounts }) => mounts.files.read("/proc/sys/kernel/hostname"));
    expect(await Promise.all(names)).toEqual(["host-1\n", "host-2\n"]);
    const others = (await Promise.all([subject.fresh?.(), subject.fresh?.()])) as Served[];
    for (const { process: other } of others) expect(fs.readdirSync(`${other.statePath}/../shared`)).toEqual([]);
    const pids = [subject, peer, ...others].map((one) => one.process.pid() ?? 0);
    await others[0]?.[Symbol.asyncDispose]();
    expect(pids.map(isAlive)).toEqual([true, true, false, true]);
    await subject[Symbol.asyncDispose]();
    expect(pids.map(isAlive)).toEqual([false, false, false, false]);
  });

  test("faults are files, or commands of the user's", async () => {
    await using byFiles = await serve({ faults: ["away", "mount-hangs"] });
    expect([...(byFiles.backEnd?.faults ?? [])]).toEqual(["away", "mount-hangs"]);
    const control = path.join(path.dirname(byFiles.process.statePath), "control");
    await byFiles.backEnd?.break("away");
    expect(fs.readdirSync(control)).toEqual(["away"]);
    await byFiles.backEnd?.heal();
    await byFiles.backEnd?.heal();
    expect(fs.readdirSync(control)).toEqual([]);
    const faults = { faults: { starting: "touch {control}/a; touch {state}/b" }, heal: "rm {control}/a" };
    await using byCommands = await serve({ faults });
    expect([...(byCommands.backEnd?.faults ?? [])]).toEqual(["starting"]);
    await byCommands.backEnd?.break("starting");
    expect(fs.existsSync(path.join(byCommands.process.statePath, "b"))).toBe(true);
    await byCommands.backEnd?.heal();
    await expect(byCommands.backEnd?.heal()).rejects.toMatchObject({ code: "VOLUME_COMMAND_FAILED" });
    await expect(byCommands.backEnd?.break("away")).rejects.toThrow("no command was given for away");
  });

  test("a socket's path that would be too long lies elsewhere", async () => {
    const workdir = path.join(directory, "long".repeat(20));
    fs.mkdirSync(workdir);
    const subject = await serve({ workdir });
    expect(subject.socketPath.startsWith(workdir)).toBe(false);
    expect((await subject.client().activate()).ok).toBe(true);
    await subject[Symbol.asyncDispose]();
    expect(fs.existsSync(path.dirname(subject.socketPath))).toBe(false);
  });

  test("a lab that is killed leaves nothing of it", async () => {
    const workdir = fs.mkdtempSync(path.join(directory, "w-"));
    const script = path.join(directory, "lab.mjs");
    const entryPoints = ["test/integration/volume/lab-process.ts"];
    const external = ["./private-engine.ts", "./user-engine.ts"];
    const form = { bundle: true, platform: "node", format: "esm", logLevel: "warning" } as const;
    buildSync({ entryPoints, outfile: script, external, ...form });
    const hands = path.resolve("dist/subjects/hands.cjs");
    const lab = spawn(process.execPath, [script, serveCommand(), workdir, hands], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void lab.kill("SIGKILL"));
    await once(lab.stdout, "data");
    const processes = () => descendantsOf([lab.pid ?? 0]);
    // Two hosts, each a keeper, a driver and a helper; four hands; all but the helpers with the unshare before them.
    await expect.poll(processes).toHaveLength(18);
    const pids = processes();
    lab.kill("SIGKILL");
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  describe("hands", () => {
    async function withFiles(work: (files: FileHands, place: string) => Promise<void>, handsLimitMs = 10_000) {
      await using subject = await serve({ handsLimitMs });
      await work(subject.mounts.files, await mountOne(subject));
    }

    test("work on files as they are told", () =>
      withFiles(async (files, place) => {
        await files.makeDirectory(`${place}/d`);
        await files.append(`${place}/file`, " and more");
        await files.link("file", `${place}/link`);
        await files.fill(`${place}/d`, 3);
        expect(await files.read(`${place}/link`)).toBe("text and more");
        expect(await files.list(place)).toEqual(["d", "file", "link"]);
        expect(await files.list(`${place}/d`)).toEqual(["0", "1", "2"]);
        expect(await files.stat(`${place}/link`)).toMatchObject({ kind: "link", uid: 0, gid: 0 });
        expect(await files.stat(`${place}/file`)).toMatchObject({ kind: "file", mode: 0o644, sizeBytes: 13 });
        expect((await files.stat(`${place}/d`))?.kind).toBe("directory");
        await files.remove(`${place}/link`);
        await files.remove(`${place}/link`);
        expect(await files.stat(`${place}/link`)).toBeUndefined();
        await expect(files.remove(`${place}/d`)).rejects.toMatchObject({ code: "ENOTEMPTY" });
        await expect(files.read(`${place}/none`)).rejects.toMatchObject({ code: "ENOENT" });
      }));

    test("hold a file open while its mount goes, mount and unmount", () =>
      withFiles(async (files, place) => {
        await using held = await files.hold(`${place}/file`);
        await held.write(", held");
        await expect(files.unmount(place)).rejects.toThrow(/busy/);
        await files.unmount(place, true);
        await expect(files.read(`${place}/file`)).rejects.toMatchObject({ code: "ENOENT" });
        await held.write(" on");
        expect(await held.read()).toBe("text, held on");
        await files.mount(["-t", "tmpfs", "tmpfs", place]);
        expect(await files.list(place)).toEqual([]);
        await expect(files.hold(`${place}/no/file`)).rejects.toMatchObject({ code: "ENOENT" });
      }));

    test("bind a directory as a container has it: of its own mounts, and no others", async () => {
      await using subject = await serve();
      const { files } = subject.mounts;
      const [point, other] = [await mountOne(subject, "v"), await mountOne(subject, "w")];
      const bound = await files.bind(point);
      const seen = await bound.files.read("/proc/self/mountinfo");
      const points = parseMountInfo(seen).map((mount) => mount.path);
      expect(points).toContain(bound.path);
      expect(points).not.toContain(point);
      expect(points).not.toContain(other);
      expect((await subject.client().unmount("v", "1")).ok).toBe(true);
      expect(await files.list(point)).toEqual([]);
      expect(await bound.files.read(`${bound.path}/file`)).toBe("text");
      await bound.files.append(`${bound.path}/file`, " on");
      await bound[Symbol.asyncDispose]();
      expect(fs.existsSync(bound.path)).toBe(false);
      await mountOne(subject, "v");
      await expect(files.bind(`${point}/none`)).rejects.toThrow(/does not exist/);
      expect(fs.readdirSync(path.dirname(bound.path)).filter((name) => name.startsWith("bind-"))).toEqual([]);
    });

    test("that hang are given up, and hang nobody else", () =>
      withFiles(async (files, place) => {
        const fifo = `${path.dirname(path.dirname(place))}/fifo`;
        execFileSync("mkfifo", [fifo]);
        await using held = await files.hold(`${place}/file`);
        const before = descendantsOf([process.pid]).length;
        const late = Array.from({ length: 3 }, () => files.read(fifo).catch((error: unknown) => error));
        expect(await files.read(`${place}/file`)).toBe("text");
        expect(await held.read()).toBe("text");
        for (const one of await Promise.all(late)) expect(one).toMatchObject({ name: "HandsFailed", code: "late" });
        const processes = () => descendantsOf([process.pid]).length;
        await expect.poll(processes).toBeLessThanOrEqual(before);
        expect(await Promise.all(Array.from({ length: 20 }, () => files.read(`${place}/file`)))).toContain("text");
      }, 2000));
  });
});
