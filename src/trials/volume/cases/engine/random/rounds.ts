import type { BackEnd, DriverProcess, EngineContainer, EngineProcess } from "../../../subject.ts";
import { finds, volumesIn } from "../../answers.ts";
import { type CaseContext, told } from "../../case.ts";
import { expect } from "../../restart/random/differs.ts";
import { comesTrue } from "../../waiting.ts";
import { at, driverMounts, IDLE, refusal, type Workbench } from "../workbench.ts";
import { type Call, Calls } from "./calls.ts";
import type { KeptVolume } from "./model.ts";
import type { Step, Victim } from "./steps.ts";
import { misread, nextMark, readerScript } from "./writer.ts";

/** What rounds are done with. */
export interface Setting {
  context: CaseContext;
  bench: Workbench;
  driver: DriverProcess;
  engine: EngineProcess;
  /** Present where what serves the mounts can be killed. */
  mounter: BackEnd | undefined;
}

const GONE_WITHIN_MS = 10_000;
const ENDED_WITHIN_MS = 30_000;

/** Does rounds of steps and holds engine, driver, mounts and data against a model after each. */
export class Rounds {
  readonly #setting: Setting;
  readonly #calls: Calls;
  /** How much is mounted where nobody has a volume, for one that somebody has, and for all of them together. */
  #usual = { before: 0, each: 0, shared: 0 };
  /** Names of volumes that could not be removed, because of a call that was cut short. */
  readonly #kept = new Set<string>();
  /** Containers that could not go on after what served their mount was killed. */
  cutOff = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#calls = new Calls(setting.bench, setting.context);
  }

  /** Learns what the driver mounts for volumes that are in use. @throws Differs where that stays, or a volume does */
  async begin(): Promise<void> {
    const { context, bench } = this.#setting;
    const count = async () => (await driverMounts(context)).length;
    const volumes = [await bench.volume(), await bench.volume()];
    const containers: EngineContainer[] = [];
    const counts = [await count()];
    for (const name of volumes) {
      containers.push(await bench.start(IDLE, [at(name)]));
      counts.push(await count());
    }
    const [before = 0, one = 0, two = 0] = counts;
    this.#usual = { before, each: two - one, shared: Math.max(one - before - (two - one), 0) };
    for (const container of containers) await container.remove();
    for (const name of volumes) {
      const said = await refusal(bench.engine.removeVolume(name));
      expect(said === "", `${name} can be removed when nobody has it`, said);
    }
    await this.#checkMounts();
  }

  /** @throws Differs */
  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.#setting.context.signal.throwIfAborted();
      if (step.kind === "kill") await this.#kill(step);
      else await this.#do(await this.#calls.prepare(step));
    }
    await this.#check();
    for (const volume of this.#calls.volumes.filter(({ isDoubtful }) => isDoubtful)) await this.#clear(volume);
  }

  /** Removes everything, and waits for what a call that was cut short holds; gives how many stayed. @throws Differs */
  async finish(): Promise<number> {
    const { context, bench } = this.#setting;
    for (const volume of this.#calls.volumes) await this.#clear(volume);
    await comesTrue(context, context.scale.patienceMs, async () => {
      for (const name of this.#kept)
        if ((await refusal(bench.engine.removeVolume(name))) === "") this.#kept.delete(name);
      return this.#kept.size === 0;
    });
    await this.#checkMounts();
    return this.#kept.size;
  }

  /** Once all containers are gone: what still holds a volume ends with the host at the latest. */
  async giveUp(): Promise<void> {
    const { bench, driver } = this.#setting;
    const left = this.#calls.volumes.filter(({ presence }) => presence !== "no");
    const said = await Promise.all(left.map(({ name }) => refusal(bench.engine.removeVolume(name, true))));
    if (this.#kept.size > 0 || said.some((words) => words !== "")) await driver.rebootHost();
  }

  async #do(call: Call | undefined): Promise<void> {
    if (call) await call.settle(await refusal(call.send()), false);
  }

  async #kill({ victim, during, afterMs }: Extract<Step, { kind: "kill" }>): Promise<void> {
    const { context } = this.#setting;
    const call = await this.#calls.prepare(during);
    const sent = call ? refusal(call.send()) : Promise.resolve("");
    sent.catch(() => undefined);
    await context.clock.sleep(afterMs, context.signal);
    await this.#strike(victim);
    await call?.settle(await sent, true);
    if (victim === "engine") await this.#bringBack();
    if (victim === "mounter") await this.#setting.mounter?.heal();
    // Before a container makes it anew.
    for (const volume of this.#calls.volumes.filter(({ presence }) => presence === "maybe"))
      await this.#checkPresence(volume);
  }

  async #strike(victim: Victim): Promise<void> {
    const { driver, engine, mounter } = this.#setting;
    if (victim === "mounter") {
      await mounter?.break("server-killed");
      for (const writer of this.#calls.writers) writer.isCutOff = true;
      return;
    }
    const process = victim === "driver" ? driver : engine;
    await process.kill();
    await process.start();
  }

  /** An engine ends what ran when it was killed. Its user starts all of it again. */
  async #bringBack(): Promise<void> {
    const { context } = this.#setting;
    for (const writer of this.#calls.writers.filter(({ isRunning }) => isRunning)) {
      const { container, volume } = writer;
      const hasEnded = await comesTrue(context, ENDED_WITHIN_MS, async () => !(await container.isRunning()));
      expect(hasEnded, "a container has ended with its engine", "it runs");
      const said = await refusal(container.start());
      expect(said === "", `after the engine was killed a container starts again with ${volume.name}`, said);
      writer.isCutOff = false;
    }
  }

  async #check(): Promise<void> {
    for (const volume of this.#calls.volumes) await this.#checkPresence(volume);
    await this.#checkLists();
    for (const writer of this.#calls.writers) await this.#calls.look(writer);
    await this.#checkCutOff();
    for (const volume of this.#calls.volumes) await this.#checkRefusal(volume);
    await this.#checkData();
    await this.#checkMounts();
  }

  /** Engine and driver agree, and what is known must be so. */
  async #checkPresence(volume: KeptVolume): Promise<void> {
    const { context, bench } = this.#setting;
    const answer = await context.driver.get(volume.name);
    const isThere = finds(answer, volume.name);
    const isRight = volume.presence === "maybe" || isThere === (volume.presence === "yes");
    expect(isRight, `the driver has ${volume.name}: ${volume.presence}`, told(answer));
    const isKnown = (await bench.engine.volume(volume.name)) !== undefined;
    expect(isKnown === isThere, `the engine has ${volume.name} as the driver has`, isKnown ? "it has" : "it has not");
    if (isThere) volume.presence = "yes";
    else volume.removed();
  }

  async #checkLists(): Promise<void> {
    const { context, bench } = this.#setting;
    const answer = await context.driver.list();
    const lists = { driver: volumesIn(answer).map(({ name }) => name), engine: await bench.engine.volumes() };
    for (const [who, names] of Object.entries(lists))
      for (const { name, presence } of this.#calls.volumes) {
        const count = names.filter((one) => one === name).length;
        expect(count === (presence === "yes" ? 1 : 0), `the ${who} lists ${name}: ${presence}`, names.join());
      }
  }

  /** Counts those that could not go on, and asks no more of them. */
  async #checkCutOff(): Promise<void> {
    for (const { container, isRunning, isCutOff, volume, number } of this.#calls.writers) {
      if (!isRunning || !isCutOff) continue;
      const { lost } = await nextMark(container, volume.synced.get(number) ?? 0);
      if (lost !== "") this.cutOff += 1;
    }
  }

  /** A new container finds all that was synced. */
  async #checkData(): Promise<void> {
    const volumes = this.#calls.volumes.filter(({ presence }) => presence === "yes");
    if (volumes.length === 0) return;
    const mounts = volumes.map(({ name }, index) => at(name, `/v/${index}`));
    const { status, output } = await this.#setting.bench.run(readerScript(volumes), mounts);
    expect(status === 0, "a new container has all volumes", output);
    const wrong = misread(volumes, output);
    expect(wrong === "", "a new container finds what was synced", wrong);
  }

  /** What the driver usually mounts for volumes that containers have, each at a place of its own; those in doubt may be. */
  async #checkMounts(): Promise<void> {
    const { context } = this.#setting;
    const held = this.#calls.volumes.filter(({ isHeld }) => isHeld).length;
    const inDoubt = this.#calls.volumes.filter(({ isHeld, isDoubtful }) => !isHeld && isDoubtful).length;
    const { before, each, shared } = this.#usual;
    const most = before + shared + each * (held + inDoubt + this.#kept.size);
    await comesTrue(context, GONE_WITHIN_MS, async () => (await driverMounts(context)).length <= most);
    const mounted = await driverMounts(context);
    const least = before + each * held;
    const isRight = mounted.length >= least && mounted.length <= most && new Set(mounted).size === mounted.length;
    expect(
      isRight,
      `${held} volumes are mounted, and ${inDoubt + this.#kept.size} may be`,
      mounted.join("; ") || "none",
    );
  }

  /** What a container has is not removed, also where somebody asks past the engine. */
  async #checkRefusal(volume: KeptVolume): Promise<void> {
    if (!volume.isHeld) return;
    const answer = await this.#setting.context.driver.remove(volume.name);
    expect(!answer.ok, `the driver removes no volume that a container has: ${volume.name}`, told(answer));
  }

  /** Ends all that has the volume and removes it, so that nothing is in doubt any more. */
  async #clear(volume: KeptVolume): Promise<void> {
    for (const writer of volume.writers) {
      const said = await refusal(writer.container.remove());
      expect(said === "", "a container can be removed", said);
      volume.writers.delete(writer);
    }
    if (volume.presence === "no") return;
    const said = await refusal(this.#setting.bench.engine.removeVolume(volume.name));
    expect(said === "" || volume.isDoubtful, `${volume.name} can be removed when nobody has it`, said);
    if (said === "") return volume.removed();
    this.#kept.add(volume.name);
    this.#calls.abandon(volume);
  }
}
