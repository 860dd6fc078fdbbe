import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import type { DriverStatus } from "../../../src/driver/status.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import { DriverClient } from "../../../src/trials/volume/client.ts";
import type { Subject } from "../../../src/trials/volume/subject.ts";
import { directoryDriver } from "../../fixtures/directory-driver.ts";
import { requires } from "../../requires.ts";

const MAIN = path.resolve("dist/cli/main.js");
const run = promisify(execFile);

/** What the driver must have for a test to be about anything. */
function partsOf(subject: Subject) {
  const { mounts, process: running } = subject;
  if (!mounts || !running) throw new Error("the suite serves this driver and sees its mounts");
  return { driver: subject.client(), mounts, running };
}

async function made(driver: DriverClient, ...names: string[]): Promise<void> {
  for (const name of names) expect(await driver.create(name)).toMatchObject({ ok: true });
}

async function mounted(driver: DriverClient, name: string, id = "a"): Promise<string> {
  const { json, error } = await driver.mount(name, id);
  expect(error).toBe("");
  return (json as { Mountpoint: string }).Mountpoint;
}

/** The directories of the first host's volumes, as this process sees them. */
function storeOf(workdir: string): string {
  return path.join(workdir, "host-1", "shared");
}

/** The processes of a driver that touch the file system of its volumes. */
function workersOf(driver: number): number[] {
  const children = fs.readFileSync(`/proc/${driver}/task/${driver}/children`, "utf8").trim().split(" ");
  const commands = children.map((pid) => [Number(pid), fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")] as const);
  return commands.filter(([, command]) => command.includes("store")).map(([pid]) => pid);
}

requires("root", "embedded")("the driver with directories for volumes", () => {
  test("removes 100,000 files in the background, and the name is free at once", async () => {
    await using subject = await directoryDriver();
    const { driver, mounts } = partsOf(subject);
    await made(driver, "v");
    const target = await mounted(driver, "v");
    for (let part = 0; part < 10; part++) {
      await mounts.files.makeDirectory(`${target}/${part}`);
      await mounts.files.fill(`${target}/${part}`, 10_000);
    }
    await driver.unmount("v", "a");
    const removed = await driver.remove("v");
    expect(removed.ok).toBe(true);
    expect(removed.durationNs).toBeLessThan(5e9);
    await made(driver, "v");
    expect(await mounts.files.list(await mounted(driver, "v"))).toEqual([]);
    const trash = path.join(storeOf(subject.workdir), "trash");
    await expect.poll(() => fs.readdirSync(trash), { timeout: 60_000, interval: 100 }).toEqual([]);
  });

  test("deletes nothing through a mount: not below a volume, and not in the trash", async () => {
    await using subject = await directoryDriver();
    const { driver, mounts } = partsOf(subject);
    await made(driver, "v", "w");
    const store = storeOf(subject.workdir);
    const precious = `${subject.workdir}/precious`;
    fs.mkdirSync(precious);
    fs.writeFileSync(`${precious}/file`, "kept");
    for (const place of [`${store}/volumes/v/data/inside`, `${store}/trash/x~1/inside`]) {
      fs.mkdirSync(place, { recursive: true });
      await mounts.files.mount(["--bind", precious, place]);
    }
    expect((await driver.remove("v")).error).toMatch(/inside is mounted within it/);
    // Whatever lies in the trash is emptied after each Remove.
    fs.mkdirSync(`${store}/trash/y~1`);
    expect((await driver.remove("w")).ok).toBe(true);
    await expect.poll(() => fs.readdirSync(`${store}/trash`)).toEqual(["x~1"]);
    expect(fs.readFileSync(`${precious}/file`, "utf8")).toBe("kept");
    for (const place of [`${store}/volumes/v/data/inside`, `${store}/trash/x~1/inside`])
      await mounts.files.unmount(place);
    expect((await driver.remove("v")).ok).toBe(true);
    await expect.poll(() => fs.readdirSync(`${store}/trash`)).toEqual([]);
    expect(fs.readFileSync(`${precious}/file`, "utf8")).toBe("kept");
  });

  test("honours what a volume was made with", async () => {
    await using subject = await directoryDriver();
    const { driver, mounts } = partsOf(subject);
    const options = { uid: "1", ro: "", noexec: "true", nosuid: "false" };
    expect((await driver.create("v", { ...options, mode: "0711" })).error).toBe("");
    const target = await mounted(driver, "v");
    const mount = (await mounts.table()).find((one) => one.path === target);
    expect(mount?.options).toEqual(expect.arrayContaining(["ro", "noexec", "nodev"]));
    expect(mount?.options).not.toContain("nosuid");
    expect(await mounts.files.stat(target)).toMatchObject({ mode: 0o711, uid: 1, gid: 0 });
    await expect(mounts.files.write(`${target}/f`, "x")).rejects.toMatchObject({ code: "EROFS" });
  });

  test("ends within a moment, leaves its mounts, and goes on with them", async () => {
    await using subject = await directoryDriver();
    const { driver, mounts, running } = partsOf(subject);
    await made(driver, "v");
    const target = await mounted(driver, "v");
    await mounts.files.write(`${target}/f`, "before");
    await using held = await mounts.files.hold(`${target}/f`);
    expect(await running.stop()).toBeLessThan(8000);
    expect(fs.existsSync(subject.socketPath)).toBe(false);
    await held.write("meanwhile");
    await running.start();
    const status = await run(process.execPath, [MAIN, "driver", "status", "--socket", subject.socketPath, "--json"]);
    // Its start was followed by an activation, as an engine's is.
    const { volumes } = JSON.parse(status.stdout) as DriverStatus;
    expect(volumes).toMatchObject([{ name: "v", mountpoint: target, current: 0, restored: 1 }]);
    expect((await driver.remove("v")).error).toMatch(/in use/);
    await held[Symbol.asyncDispose]();
    expect((await driver.unmount("v", "a")).ok).toBe(true);
    expect((await driver.remove("v")).ok).toBe(true);
  });

  test("goes on while the file system of the volumes hangs", async () => {
    await using subject = await directoryDriver();
    const { driver, running } = partsOf(subject);
    await made(driver, "v", "w");
    await mounted(driver, "v");
    const workers = workersOf(running.pid() ?? 0);
    expect(workers).not.toEqual([]);
    for (const pid of workers) process.kill(pid, "SIGSTOP");
    // Longer than what is known counts as fresh.
    const stopped = performance.now();
    while (performance.now() - stopped < 4000) expect(await driver.get("v")).toMatchObject({ ok: true });
    expect((await driver.list()).text).toContain('"w"');
    expect((await driver.get("unknown")).silence).toBe("closed");
    expect((await driver.unmount("v", "a")).error).toBe("");
    for (const pid of workers) process.kill(pid, "SIGCONT");
    await expect.poll(async () => (await driver.create("x")).ok, { interval: 100 }).toBe(true);
  });

  test("shows metrics and its health on the loopback interface", async () => {
    await using subject = await directoryDriver({ flags: ["--metrics-port", "0"] });
    const { driver, running } = partsOf(subject);
    await made(driver, "v");
    const port = /"metricsPort":(\d+)/.exec(running.log())?.[1] ?? "";
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(page).toContain('seatrial_driver_calls_total{call="VolumeDriver.Create",outcome="ok"} 1');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });
});

/** Listens, and hands the socket to the driver; blocked by that, it never takes a connection itself. */
const MANAGER = `
  const [socketPath, ...words] = process.argv.slice(1);
  const server = require("node:net").createServer().listen(socketPath, () => {
    // The variable names the very process that is meant, which the shell becomes.
    const script = 'echo "pid=$$;" >&2; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"';
    const stdio = ["ignore", "ignore", "inherit", server._handle.fd];
    process.exit(require("node:child_process").spawnSync("sh", ["-c", script, ...words], { stdio }).status);
  });`;

requires("embedded")("a driver that a service manager starts", () => {
  test("takes the socket that it is handed, and leaves it", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-handed-"));
    onTestFinished(() => fs.rmSync(directory, { recursive: true }));
    const socketPath = path.join(directory, "s.sock");
    const places = ["--socket", socketPath, "--state", `${directory}/state`, "--root", `${directory}/root`];
    const words = [process.execPath, MAIN, "driver", "serve", ...places];
    const manager = spawn(process.execPath, ["-e", MANAGER, socketPath, ...words], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise((resolve) => manager.once("exit", resolve));
    let log = "";
    manager.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    await expect.poll(() => log).toContain('"serving"');
    const client = new DriverClient({ socketPath, clock: createSystemClock(), deadlineMs: 20_000 });
    onTestFinished(() => client.close());
    expect((await client.list()).json).toEqual({ Volumes: [], Err: "" });
    process.kill(Number(/pid=(\d+);/.exec(log)?.[1]), "SIGTERM");
    expect(await ended).toBe(0);
    expect(fs.lstatSync(socketPath).isSocket()).toBe(true);
  });
});
