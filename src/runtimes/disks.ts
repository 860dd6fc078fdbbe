import { mkdir } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { DiskControl, DiskHit, DiskRule, DiskSpec, FileSystem, PowerCut } from "../core/disk.ts";
import { SeatrialError } from "../core/errors.ts";
import type { ContainerSpec, EnvironmentSpec, OpenContext, RuntimeSettings } from "../core/runtime.ts";
import { type FaultDisk, openDisk } from "../disk/disk.ts";
import { diskError } from "../disk/errors.ts";
import { diskPreflight } from "../disk/preflight.ts";
import { createTurns } from "./turns.ts";

/** Kills and starts containers by name. Each is safe on one that is down or up already. */
export interface ContainerSwitch {
  kill(container: string): Promise<void>;
  start(container: string): Promise<void>;
}

/** A disk as a container is to mount it. */
export interface DeviceMount {
  /** `/dev/loop3` on this machine; another one after each power cut. */
  device: string;
  fileSystem: FileSystem;
  options: readonly string[];
  /** Absolute path inside the container. */
  target: string;
}

/**
 * A machine without power answers nothing, not even with an error: for so long after a cut a disk keeps silent, so that
 * processes are dead before they could see one.
 */
const SILENCE_MS = 500;
const SILENCE: DiskRule = { on: "any", action: "delay", delayMs: SILENCE_MS, every: 1 };

/** Whether this machine can make disks and has the program for it. */
export function canMakeDisks({ diskScriptPath }: RuntimeSettings): boolean {
  return diskScriptPath !== undefined && diskPreflight().state === "ok";
}

interface PoweredDisk {
  disk: FaultDisk;
  /** Containers that mount it. */
  users: readonly string[];
  /** Those of one `addRules` each. */
  rules: Set<readonly DiskRule[]>;
  hasPower: boolean;
}

/**
 * Makes an environment's disks, all or none.
 * @throws what `openDisk` throws, and DISK_BAD_SPEC where a container names a disk that is none of them
 */
export async function openDisks(
  spec: EnvironmentSpec,
  context: OpenContext,
  settings: RuntimeSettings,
): Promise<EnvironmentDisks> {
  const { disks = [] } = spec;
  checkNames(spec, disks);
  const opened = await Promise.allSettled(disks.map((disk) => openOne(disk, context, settings)));
  const made = opened.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  const failed = opened.find((end) => end.status === "rejected");
  const all = new EnvironmentDisks(made, spec.containers);
  if (!failed) return all;
  await all[Symbol.asyncDispose]();
  throw failed.reason;
}

async function openOne(
  spec: DiskSpec,
  { owner, signal, originNs }: OpenContext,
  { agent, diskScriptPath: scriptPath, stateDir }: RuntimeSettings,
): Promise<FaultDisk> {
  if (scriptPath === undefined)
    throw diskError("DISK_BAD_SPEC", `disk "${spec.name}": no program that serves disks was given`);
  await mkdir(stateDir, { recursive: true });
  const { nodePath, nativePath } = agent;
  const program = { nodePath, scriptPath, ...(nativePath === undefined ? {} : { nativePath }) };
  return openDisk(spec, { owner, program, signal, stateDir, ...(originNs === undefined ? {} : { originNs }) });
}

function checkNames({ containers }: EnvironmentSpec, disks: readonly DiskSpec[]): void {
  const names = disks.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw diskError("DISK_BAD_SPEC", `disk "${twice}": there are two of that name`);
  for (const container of containers) {
    const unknown = container.disks?.find(({ disk }) => !names.includes(disk));
    if (unknown)
      throw diskError("DISK_BAD_SPEC", `container "${container.name}": the environment has no disk "${unknown.disk}"`);
  }
}

/** The disks of one environment, and what becomes of its containers when one of them loses its power. */
export class EnvironmentDisks implements AsyncDisposable {
  readonly #disks: ReadonlyMap<string, PoweredDisk>;
  readonly #containers: readonly ContainerSpec[];
  /** Those that nobody has killed: they run whenever their disks have power. */
  readonly #wanted: Set<string>;
  /** One after another: nothing starts while a power cut kills. */
  readonly #turns = createTurns();

  constructor(disks: readonly FaultDisk[], containers: readonly ContainerSpec[]) {
    this.#containers = containers;
    this.#wanted = new Set(containers.map(({ name }) => name));
    const usersOf = (name: string) =>
      containers.filter((spec) => namesOf(spec).includes(name)).map((spec) => spec.name);
    this.#disks = new Map(
      disks.map((disk) => [disk.name, { disk, users: usersOf(disk.name), rules: new Set(), hasPower: true }]),
    );
  }

  /** Where a container finds its disks at this moment. */
  mountsFor({ disks = [] }: ContainerSpec): DeviceMount[] {
    return disks.map(({ disk: name, target }) => {
      const { device, fileSystem, mountOptions } = this.#find(name).disk;
      return { device, fileSystem, options: mountOptions, target };
    });
  }

  /** The same switch for everybody but the disks: a container whose disk has no power starts once it has. */
  guard(bare: ContainerSwitch): ContainerSwitch {
    return {
      kill: (container) =>
        this.#turns(() => {
          this.#wanted.delete(container);
          return bare.kill(container);
        }),
      start: (container) =>
        this.#turns(() => {
          this.#wanted.add(container);
          return this.#start([container], bare);
        }),
    };
  }

  /** What faults and trials get of the disks. */
  control(bare: ContainerSwitch): DiskControl {
    return {
      addRules: (name, rules) => this.#addRules(this.#find(name), [...rules]),
      cutPower: async (name) => this.#turns(() => cutPower(this.#find(name), bare)),
      restorePower: async (name) => this.#turns(() => this.#restorePower(this.#find(name), bare)),
      damage: async (name, damage) => this.#find(name).disk.damage(damage),
      shutDown: async (name, keepLog) => this.#find(name).disk.shutDown(keepLog),
      setReadOnly: async (name, readOnly) => setReadOnly(this.#find(name).disk, readOnly),
      statistics: async (name) => this.#find(name).disk.statistics(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = await Promise.allSettled(
      [...this.#disks.values()].map(async ({ disk }) => disk[Symbol.asyncDispose]()),
    );
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  }

  #find(name: string): PoweredDisk {
    const found = this.#disks.get(name);
    if (!found) throw new RangeError(`the environment has no disk "${name}"`);
    return found;
  }

  async #addRules(powered: PoweredDisk, rules: readonly DiskRule[]): Promise<() => Promise<DiskHit[]>> {
    const { hits: before } = await powered.disk.statistics();
    powered.rules.add(rules);
    await putRules(powered);
    const kinds = new Set(rules.map(({ on, action }) => `${on} ${action}`));
    return async () => {
      if (powered.rules.delete(rules)) await putRules(powered);
      const { hits } = await powered.disk.statistics();
      return hits.slice(before.length).filter(({ what }) => kinds.has(what));
    };
  }

  async #restorePower(powered: PoweredDisk, bare: ContainerSwitch): Promise<void> {
    await powered.disk.powerOn();
    powered.hasPower = true;
    await putRules(powered);
    await this.#start(powered.users, bare);
  }

  /** Starts those of the containers that are wanted and whose disks all have power. */
  async #start(names: readonly string[], bare: ContainerSwitch): Promise<void> {
    const able = this.#containers.filter(
      (spec) =>
        names.includes(spec.name) &&
        this.#wanted.has(spec.name) &&
        namesOf(spec).every((disk) => this.#find(disk).hasPower),
    );
    const starts = await Promise.allSettled(able.map(({ name }) => bare.start(name)));
    const failed = starts.find((start) => start.status === "rejected");
    if (failed) throw failed.reason;
  }
}

function namesOf({ disks = [] }: ContainerSpec): string[] {
  return disks.map(({ disk }) => disk);
}

function putRules({ disk, rules, hasPower }: PoweredDisk): Promise<void> {
  return hasPower ? disk.setRules([...rules].flat()) : Promise.resolve();
}

async function cutPower(powered: PoweredDisk, bare: ContainerSwitch): Promise<PowerCut> {
  const { disk, users } = powered;
  // Those that delay would hold up the end of the file system. The others stay, and go on counting.
  const rules = [...powered.rules].flat().filter(({ on }) => on !== "any");
  if (powered.hasPower) await disk.setRules([SILENCE, ...rules]);
  powered.hasPower = false;
  const killing = Promise.allSettled(users.map((user) => bare.kill(user)));
  const cut = await disk.cutPower();
  await Promise.race([killing, wait(SILENCE_MS)]);
  await disk.setRules(rules);
  const failed = (await killing).find((kill) => kill.status === "rejected");
  if (failed) throw failed.reason;
  return cut;
}

async function setReadOnly(disk: FaultDisk, readOnly: boolean): Promise<void> {
  try {
    await disk.setReadOnly(readOnly);
  } catch (error) {
    const isUnmounted = error instanceof SeatrialError && error.code === "DISK_NOT_MOUNTED";
    if (readOnly || !isUnmounted) throw error;
  }
}
