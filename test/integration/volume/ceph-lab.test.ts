import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { buildSync } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { CephLab } from "../../fixtures/ceph-lab/lab.ts";
import type { LabHost } from "../../fixtures/ceph-lab/host.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { requires } from "../../requires.ts";

const FIXTURES = path.join(import.meta.dirname, "../../fixtures/ceph-lab");
const UP_LIMIT_MS = 60_000;

/** What there still is of a lab. */
function leftovers(directory: string): string[] {
  const name = path.basename(directory);
  const processes = fs.readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(directory));
  const groups = fs
    .readdirSync("/sys/fs/cgroup")
    .flatMap((entry) => childrenOf(`/sys/fs/cgroup/${entry}`).concat(entry))
    .filter((group) => group.startsWith(name));
  const mounts = fs
    .readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(directory));
  const interfaces = fs.readdirSync("/sys/class/net").filter((link) => link === "switch" || link.startsWith("to-h"));
  const folders = fs.existsSync(directory) ? [directory] : [];
  return [...processes.map((pid) => `${pid} ${commandLine(pid)}`), ...groups, ...mounts, ...interfaces, ...folders];
}

function commandLine(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function childrenOf(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

const isAlive = (pid: number) => fs.existsSync(`/proc/${pid}`);

requires("ceph")("the lab with CephFS and two hosts", () => {
  test("comes up in time, its hosts have engines and see each other and the file system, and leaves nothing", async () => {
    const startedMs = performance.now();
    const lab = await CephLab.start("h1", "h2");
    onTestFinished(() => lab[Symbol.asyncDispose]());
    const [first, second] = lab.hosts as [LabHost, LabHost];
    await Promise.all([first.startEngine(), second.startEngine()]);
    expect(performance.now() - startedMs).toBeLessThan(UP_LIMIT_MS);
    const { configurationPath } = lab.cluster;
    const mount = `mkdir /run/all && ceph-fuse -c ${configurationPath} /run/all`;
    await first.run(["sh", "-c", `${mount} && echo first >/run/all/file`]);
    expect((await second.run(["sh", "-c", `${mount} && cat /run/all/file && hostname`])).stdout).toBe("first\nh2\n");
    expect((await lab.cluster.sessions()).map(({ host }) => host)).toEqual(expect.arrayContaining(["h1", "h2"]));
    expect(leftovers(lab.keeper.directory)).not.toEqual([]);
    const engines = await Promise.all(lab.hosts.map((host) => host.engineId()));
    expect(new Set(engines).size).toBe(2);

    await lab[Symbol.asyncDispose]();
    await expect.poll(() => leftovers(lab.keeper.directory)).toEqual([]);
    await expect.poll(() => [lab.keeper.pid, first.pid, second.pid].filter(isAlive)).toEqual([]);
  });

  test("a host whose cable is out does not reach the cluster, and does when it is back", async () => {
    const lab = await CephLab.start("h1");
    onTestFinished(() => lab[Symbol.asyncDispose]());
    const [host] = lab.hosts as [LabHost];
    const status = () => host.run(["ceph", "-c", lab.cluster.configurationPath, "--connect-timeout", "2", "-s"]);
    await status();
    await host.cut();
    await expect(status()).rejects.toThrow(/timed out/);
    await host.heal();
    await status();
  });

  test("ends with the process that made it, killed while a file system hangs", async () => {
    const folder = temporaryFolder();
    const script = path.join(folder, "hold.mjs");
    buildSync({
      ...{ entryPoints: [path.join(FIXTURES, "hold-main.ts")], bundle: true, platform: "node", format: "esm" },
      outfile: script,
    });
    for (const name of ["keeper.sh", "host.sh"]) fs.copyFileSync(path.join(FIXTURES, name), path.join(folder, name));
    const holder = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void holder.kill("SIGKILL"));
    const lines = createInterface({ input: holder.stdout })[Symbol.asyncIterator]();
    const { directory, pids } = JSON.parse(String((await lines.next()).value)) as { directory: string; pids: number[] };
    expect(pids.every(isAlive)).toBe(true);
    holder.kill("SIGKILL");
    await expect.poll(() => leftovers(directory)).toEqual([]);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});
