import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { parseReport } from "../../../src/report/parse.ts";
import { loopDevices } from "../../../src/disk/loop-device.ts";
import { ownerIn } from "../../../src/disk/mark.ts";
import { diskProcesses } from "../../../src/disk/sweep.ts";
import { LABEL } from "../../../src/runtimes/docker/labels.ts";
import { markedProcesses } from "../../../src/runtimes/embedded/sweep.ts";
import { createUser, type Ended, type Running } from "../binary.ts";
import type { DisposableEngine } from "./disposable-engine.ts";
import { type Process, processes } from "./processes.ts";

/** Some seconds of every kind of work: two environments, three directions, watchers, a scenario with locks. */
const WORK = [
  ...["run", "visibility", "--environments", "2", "--operations", "create,append", "--observers", "stat,inotify"],
  ...["--states", "never,polling,watching", "--samples", "15", "--scenarios", "reads-under-append,flock-exclusion"],
  ...["--set", "scenarioDurationMs=100", "--max-duration", "1h", "--seed", "7"],
];

/** The same blocks through three power cuts of the lab's disk. */
const DISK_WORK = [
  ...["run", "integrity", "--disk", "ext4", "--size", "4MiB", "--sync-every", "1", "--duration", "2s"],
  ...["--crashes", "3", "--seed", "7"],
];

/** What a run does: changes that are watched through a mount, or blocks on the lab's disk. */
export type Work = "mount" | "disk";
const WORDS: Readonly<Record<Work, readonly string[]>> = { mount: WORK, disk: DISK_WORK };

/** A run of the command that something may happen to, in directories of its own. */
export interface Scene {
  readonly run: Running;
  readonly engine: DisposableEngine | undefined;
  /** Agents as this machine numbers them, those in containers of the engine among them. */
  agents(): Process[];
  /** Processes that serve the lab's disk. */
  disks(): Process[];
  /** First processes of containers. */
  containers(): Process[];
  /** Another command of the same user. */
  command(...words: string[]): Promise<Ended>;
  /** The run's folder; undefined when it ended before it had one. */
  folder(): string | undefined;
  /** Everything that is there and should not be, one line each. */
  remains(): Promise<string[]>;
}

/** Starts a run on the engine, or embedded where none is given. */
export function startScene(work: Work, engine?: DisposableEngine): Scene {
  const user = createUser();
  const temporary = path.join(realpathSync(user.folder), "tmp");
  mkdirSync(temporary);
  const env = { TMPDIR: temporary, ...engine?.env };
  const runtime = engine ? "docker" : "embedded";
  const run = user.start([...WORDS[work], "--runtime", runtime], env);
  const ours = () =>
    processes().filter(({ session, cgroup }) => session === run.pid || (engine && cgroup.includes(engine.cgroup)));
  const folder = () => {
    const runs = path.join(user.folder, "runs");
    const [runId] = existsSync(runs) ? readdirSync(runs).filter((name) => !name.startsWith(".")) : [];
    return runId === undefined ? undefined : path.join(runs, runId);
  };
  return {
    run,
    engine,
    agents: () => ours().filter(({ command }) => command.endsWith("agent.cjs serve")),
    disks: () => ours().filter(isDisk),
    containers: () => ours().filter((process) => process.isFirst && !isDisk(process)),
    command: (...words) => user.start(words, env).ended,
    folder,
    remains: async () => [
      ...ours().map(({ pid, command }) => `process ${pid}: ${command}`),
      ...[...markedProcesses().keys()].filter((mark) => mark.startsWith(path.basename(folder() ?? "none"))),
      ...disksOf(path.basename(folder() ?? "none")),
      ...mountsBelow(user.folder),
      ...readdirSync(temporary).map((name) => `temporary ${name}`),
      ...ledgersIn(user.folder).map((name) => `ledger ${name}`),
      ...(engine ? await remainsOn(engine) : []),
    ],
  };
}

const isDisk = ({ command }: Process): boolean => command.includes("disk.cjs");

/** Loop devices and processes of a run's disks, wherever they are mounted and whoever their parent is. */
function disksOf(runId: string): string[] {
  const isOurs = (text: string) => ownerIn(text)?.runId.startsWith(runId);
  return [
    ...loopDevices()
      .filter(({ file }) => isOurs(file))
      .map(({ device, file }) => `loop device ${device} ${file}`),
    ...[...diskProcesses()].filter(([mark]) => isOurs(mark)).map(([, pids]) => `disk's process ${pids.join()}`),
  ];
}

function mountsBelow(folder: string): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.filter((line) => line.split(" ")[4]?.startsWith(folder)).map((line) => `mount ${line}`);
}

function ledgersIn(folder: string): string[] {
  const ledgers = path.join(folder, "state", "ledger");
  return existsSync(ledgers) ? readdirSync(ledgers) : [];
}

/** All that is on an engine but the cache; nobody else uses it. */
async function remainsOn(engine: DisposableEngine): Promise<string[]> {
  const client = await engine.client();
  const containers = await client.listContainers({ all: true });
  const images = await client.listImages({ all: true });
  const { Volumes } = await client.listVolumes();
  const strange = images.filter(({ Labels, RepoTags }) => !Labels?.[LABEL.cache] || !RepoTags?.length);
  return [
    ...containers.map(({ Names, State }) => `container ${Names.join()} ${State}`),
    ...strange.map(({ Id }) => `image ${Id}`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
  ];
}

/** What the run's own report says; undefined where it was not written. */
export function reportIn(folder: string) {
  const file = path.join(folder, "report.json");
  return existsSync(file) ? parseReport(readFileSync(file, "utf8")) : undefined;
}

/** How many operations the run had planned, and how many of them have a known outcome: counted without the code that judges. */
export function completeness(folder: string): { planned: number; known: number } {
  const manifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) as {
    trials: { id: string; plan: { estimate: { operations: number }; faults: unknown[] } }[];
  };
  const [trial] = manifest.trials;
  if (!trial) return { planned: Number.NaN, known: 0 };
  const history = path.join(folder, trial.id, "history.ndjson");
  const lines = existsSync(history) ? readFileSync(history, "utf8").split("\n") : [];
  const known = lines.filter((line) => /"kind":"(ok|fail)"/.test(line));
  if (trial.id === "visibility") return { planned: trial.plan.estimate.operations, known: known.length };
  // How much was written is nobody's plan; that it is read back after each crash and in three ways at the end is.
  const readings = known.filter((line) => line.includes('"op":{"type":"verify"'));
  return { planned: trial.plan.faults.length + 3, known: readings.length };
}
