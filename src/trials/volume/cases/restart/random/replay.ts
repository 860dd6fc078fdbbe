import path from "node:path";
import type { Clock } from "../../../../../core/clock.ts";
import type { Answer, DriverClient } from "../../../client.ts";
import type { VolumeOptions } from "../../../model.ts";
import { type DriverProcess, HandsFailed, type MountView } from "../../../subject.ts";
import { finds, pathIn, refuses, volumesIn } from "../../answers.ts";
import { told } from "../../case.ts";
import { expect } from "./differs.ts";
import { ModelVolume } from "./model.ts";
import type { Step } from "./steps.ts";

/** What steps are done with. */
export interface World {
  driver: DriverClient;
  process: DriverProcess;
  mounts: MountView;
  options: VolumeOptions;
  clock: Clock;
  signal: AbortSignal;
  /** Names by the volumes' numbers, and mount IDs by theirs; new ones for each replay. */
  name(volume: number): string;
  mountId(id: number): string;
}

const GONE_WITHIN_MS = 5000;
const POLL_MS = 20;
const MARK = "seatrial-mark";

type Call = Exclude<Step, { kind: "kill" } | { kind: "list" }>;

/** Does steps one after another to a driver and to a model of a right one. */
export class Replay {
  readonly #world: World;
  readonly #volumes = new Map<number, ModelVolume>();
  readonly #paths = new Map<number, string>();
  /** Volume and ID of what was mounted since the last kill. */
  #fresh = new Set<string>();
  #marks = 0;
  /** Whether the driver makes mounts: seen once, wanted ever after. */
  #mounts = false;
  #done = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Steps that were begun. */
  get done(): number {
    return this.#done;
  }

  /** @throws Differs */
  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.#done += 1;
      this.#world.signal.throwIfAborted();
      if (step.kind === "kill") await this.#kill(step.during, step.afterMs);
      else if (step.kind === "list") await this.#checkList();
      else this.#settle(step, await this.#send(step));
      if (step.kind === "mount" || step.kind === "unmount") await this.#checkMounted(step.volume);
    }
  }

  /** Unmounts and removes everything, which must succeed, and leave nothing mounted. @throws Differs */
  async finish(): Promise<void> {
    for (const [number, volume] of this.#volumes) {
      for (const id of volume.references()) await this.#send({ kind: "unmount", volume: number, id });
      const removed = await this.#send({ kind: "remove", volume: number });
      expect(removed.ok || volume.presence !== "yes", "Remove succeeds when all is unmounted", told(removed));
      await this.#checkGone(number);
    }
  }

  /** Unmounts and removes as far as it goes, after a difference. */
  async giveUp(): Promise<void> {
    for (const [number, volume] of this.#volumes) {
      for (const id of volume.references()) await this.#send({ kind: "unmount", volume: number, id });
      await this.#send({ kind: "remove", volume: number });
    }
  }

  #of(volume: number): ModelVolume {
    const known = this.#volumes.get(volume) ?? new ModelVolume();
    this.#volumes.set(volume, known);
    return known;
  }

  #send(step: Call): Promise<Answer> {
    const { driver, name, mountId, options } = this.#world;
    const volume = name(step.volume);
    switch (step.kind) {
      case "create":
        return driver.create(volume, options);
      case "mount":
        return driver.mount(volume, mountId(step.id));
      case "unmount":
        return driver.unmount(volume, mountId(step.id));
      case "remove":
        return driver.remove(volume);
      case "get":
        return driver.get(volume);
    }
  }

  /** What an answer must be, and what is known after it. */
  #settle(step: Call, answer: Answer): void {
    const volume = this.#of(step.volume);
    const seen = told(answer);
    expect(answer.ok || refuses(answer), `${step.kind} is answered`, seen);
    if (step.kind === "create") {
      expect(answer.ok, "Create succeeds, also where the volume is there", seen);
      volume.presence = "yes";
    } else if (step.kind === "get") {
      const isThere = finds(answer, this.#world.name(step.volume));
      expect(isThere === (volume.presence === "yes"), `Get tells that the volume is ${there(volume)}`, seen);
    } else if (step.kind === "remove") {
      this.#settleRemove(volume, answer);
    } else if (step.kind === "mount") {
      expect(
        (pathIn(answer) !== "") === (volume.presence === "yes"),
        `Mount of a volume that is ${there(volume)}`,
        seen,
      );
      if (answer.ok) this.#settleMount(step, pathIn(answer));
    } else if (step.kind === "unmount") {
      expect(answer.ok || volume.holds(step.id) !== "yes", "Unmount of what was mounted succeeds", seen);
      volume.unmounted(step.id);
    }
  }

  #settleRemove(volume: ModelVolume, answer: Answer): void {
    const seen = told(answer);
    if (volume.isHeld === "yes") expect(!answer.ok, "Remove of a mounted volume is refused", seen);
    else if (volume.presence === "yes" && volume.isHeld === "no")
      expect(answer.ok, "Remove of an unused one succeeds", seen);
    if (answer.ok) volume.removed();
  }

  #settleMount({ volume, id }: { volume: number; id: number }, at: string): void {
    const reference = `${volume} ${id}`;
    this.#of(volume).mounted(id, !this.#fresh.has(reference));
    this.#fresh.add(reference);
    this.#paths.set(volume, at);
  }

  async #kill(during: Exclude<Step, { kind: "kill" }>, afterMs: number): Promise<void> {
    const { driver, process, clock, signal } = this.#world;
    const sent = during.kind === "list" ? driver.list() : this.#send(during);
    await clock.sleep(afterMs, signal);
    await process.kill();
    const answer = await sent;
    await process.start();
    if (during.kind !== "list" && answer.silence === undefined) this.#settle(during, answer);
    else if (during.kind !== "list") this.#leaveOpen(during);
    this.#fresh = new Set();
    await this.#look();
  }

  /** The call got no answer: it may have been done. */
  #leaveOpen(step: Call): void {
    const volume = this.#of(step.volume);
    if (step.kind === "mount" && volume.presence === "yes") volume.maybeMounted(step.id);
    if (step.kind === "unmount") volume.maybeUnmounted(step.id);
    if (step.kind === "create" && volume.presence === "no") volume.presence = "maybe";
    if (step.kind === "remove" && volume.isHeld !== "yes" && volume.presence === "yes") volume.presence = "maybe";
  }

  /** After a start: every volume is known or not, and what is mounted is what is held. */
  async #look(): Promise<void> {
    for (const [number, volume] of this.#volumes) {
      const answer = await this.#send({ kind: "get", volume: number });
      const isThere = finds(answer, this.#world.name(number));
      const isRight = volume.presence === "maybe" || isThere === (volume.presence === "yes");
      expect(isRight, `after the crash Get tells that v${number} is ${there(volume)}`, told(answer));
      if (!isThere) volume.removed();
      else volume.presence = "yes";
      await this.#checkMounted(number);
    }
    await this.#checkList();
  }

  /** Held: mounted once, with its data. Not held: not mounted. Drivers that mount never need not once. */
  async #checkMounted(number: number): Promise<void> {
    const { isHeld } = this.#of(number);
    if (isHeld === "no") await this.#checkGone(number);
    if (isHeld !== "yes") return;
    const mounts = await this.#mountsOf(number);
    this.#mounts ||= mounts > 0;
    expect(mounts === (this.#mounts ? 1 : 0), `v${number} is mounted once where it was`, `${mounts} mounts`);
    await this.#checkMark(number);
  }

  async #checkList(): Promise<void> {
    const answer = await this.#world.driver.list();
    const listed = volumesIn(answer).map(({ name }) => name);
    for (const [number, volume] of this.#volumes) {
      const count = listed.filter((name) => name === this.#world.name(number)).length;
      const isRight = volume.presence === "maybe" ? count <= 1 : count === (volume.presence === "yes" ? 1 : 0);
      expect(isRight, `List has v${number} ${volume.presence === "yes" ? "once" : "not"}`, told(answer));
    }
  }

  /** Leaves a mark in a volume that has none, and finds it in one that has. */
  async #checkMark(number: number): Promise<void> {
    const volume = this.#of(number);
    const at = this.#paths.get(number);
    if (at === undefined) return;
    const { files } = this.#world.mounts;
    const file = path.join(at, MARK);
    const seen = await files.read(file).catch(codeOf);
    if (volume.mark === undefined) {
      expect(seen === "ENOENT", `v${number} is new and has nothing in it`, seen);
      this.#marks += 1;
      volume.mark = `${this.#world.name(number)} ${this.#marks}`;
      await files.write(file, volume.mark);
    } else {
      expect(seen === volume.mark, `v${number} has its data`, `${seen} in place of ${volume.mark}`);
    }
  }

  async #checkGone(number: number): Promise<void> {
    const { clock, signal } = this.#world;
    const endNs = clock.nowNs() + GONE_WITHIN_MS * 1e6;
    let mounts = await this.#mountsOf(number);
    while (mounts > 0 && clock.nowNs() < endNs) {
      await clock.sleep(POLL_MS, signal);
      mounts = await this.#mountsOf(number);
    }
    expect(mounts === 0, `nobody has v${number} mounted`, `${mounts} mounts at ${this.#paths.get(number)}`);
  }

  async #mountsOf(number: number): Promise<number> {
    const at = this.#paths.get(number);
    return at === undefined ? 0 : (await this.#world.mounts.table()).filter((mount) => mount.path === at).length;
  }
}

function there({ presence }: ModelVolume): string {
  return presence === "yes" ? "there" : "not there";
}

function codeOf(error: unknown): string {
  if (error instanceof HandsFailed) return error.code;
  throw error;
}
