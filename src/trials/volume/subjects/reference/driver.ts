import { BackEndAway, NoAnswer, Refusal } from "./refusal.ts";
import { mountFlags, type Options, readOptions, sameOptions } from "./options.ts";
import type { About } from "./back-end.ts";
import type { Tools } from "./tools.ts";

const TRY_AGAIN_MS = 250;
const TRY_AGAIN_AT_MOST_MS = 30_000;

/** A volume as Get shows it. */
export interface Shown {
  Name: string;
  /** Absent while it is not mounted. */
  Mountpoint?: string;
  CreatedAt?: string;
  Status: Record<string, unknown>;
}

/**
 * What the methods do. Create, Mount, Unmount and Remove of one volume come one after another; Get and List wait for
 * nobody. `signal` is aborted when the caller has its answer or has gone: work goes on then, and what nobody knows of is
 * undone.
 */
export class VolumeDriver {
  protected readonly tools: Tools;

  constructor(tools: Tools) {
    this.tools = tools;
  }

  /** An engine has started, so what it holds is not what it held. */
  async activate(): Promise<void> {
    this.tools.references.beginEpoch();
    await this.tools.save();
  }

  /** @throws Refusal when it is there with other options */
  async create(name: string, texts: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
    const { locks, backEnd, catalogue, save } = this.tools;
    const options = this.readOptions(texts);
    await locks.with(name, signal, async () => {
      const made = !(await backEnd.find(name)) && (await backEnd.create(name, options));
      const volume = await this.existing(name);
      if (!made && !sameOptions(volume.options, options))
        throw new Refusal("the volume is there already, with other options");
      catalogue.learn(name, { createdAt: volume.createdAt });
      await save();
    });
  }

  /** Gives the path. @throws Refusal; nothing is held then */
  async mount(name: string, id: string, signal: AbortSignal): Promise<string> {
    const { locks, references, mounts, save } = this.tools;
    return locks.with(name, signal, async () => {
      const volume = await this.existing(name);
      await this.bind(name, volume);
      references.add(name, id);
      try {
        await save();
      } catch (error) {
        references.drop(name, id);
        throw error;
      }
      if (signal.aborted) await this.release(name, id);
      return mounts.pathOf(name);
    });
  }

  /** An ID that holds nothing is no error: engines unmount after a crash of their own or ours. */
  async unmount(name: string, id: string, signal: AbortSignal): Promise<void> {
    await this.tools.locks.with(name, signal, () => this.release(name, id));
  }

  /** One that is not there is no error. @throws Refusal while it is mounted, here or on another host */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    const { locks, references, backEnd, mounts, catalogue, save } = this.tools;
    await locks.with(name, signal, async () => {
      if (references.count(name) > 0) throw new Refusal("the volume is in use");
      await this.takeDown(name);
      await backEnd.remove(name);
      await mounts.forget(name);
      catalogue.forget(name);
      await save();
    });
  }

  /** @throws Refusal when there is none, NoAnswer when that cannot be told */
  async get(name: string): Promise<Shown> {
    const { backEnd, catalogue, references } = this.tools;
    const asked = await this.askOr(async () => {
      const volume = await backEnd.find(name);
      if (volume) catalogue.learn(name, { createdAt: volume.createdAt });
      // One that was removed elsewhere stays known while it is held here, or its Unmount would never come.
      else if (references.count(name) === 0) catalogue.forget(name);
    });
    const known = catalogue.get(name);
    if (!known && !asked) throw new NoAnswer();
    if (!known) throw new Refusal("there is no such volume");
    const status = { references: references.count(name), ...(!asked && { degraded: true }) };
    return { ...this.brief(name), ...(known.createdAt && { CreatedAt: known.createdAt }), Status: status };
  }

  async list(): Promise<Pick<Shown, "Name" | "Mountpoint">[]> {
    const { backEnd, catalogue } = this.tools;
    let names = catalogue.names();
    await this.askOr(async () => {
      names = await backEnd.list();
      for (const name of names) catalogue.learn(name, {});
    });
    return names.map((name) => this.brief(name));
  }

  /** Mounts stay as they are: whoever uses them goes on. */
  async stop(): Promise<void> {
    await this.tools.save();
  }

  /** After a start: unmounts what nobody holds. Requests for the volume wait for it, others do not. */
  settle(name: string, nextMs = TRY_AGAIN_MS): void {
    const { locks, references } = this.tools;
    const settled = locks.with(name, new AbortController().signal, async () => {
      if (references.count(name) === 0) await this.takeDown(name);
    });
    settled.catch((error: unknown) => this.takeDownLater(name, error, nextMs));
  }

  /** Unmounts, and takes back the word that this host uses it. @throws Refusal while it is in use */
  protected async takeDown(name: string): Promise<void> {
    const { mounts, backEnd, settings } = this.tools;
    await mounts.unmount(name);
    await backEnd.leave(name, settings.host);
  }

  protected async bind(name: string, volume: About): Promise<void> {
    const { mounts, backEnd, settings } = this.tools;
    await backEnd.enter(name, settings.host);
    try {
      await mounts.mount(name, backEnd.dataOf(name), mountFlags(volume.options));
    } catch (error) {
      if (!(await mounts.mounted()).includes(name)) await backEnd.leave(name, settings.host);
      throw error;
    }
  }

  /** A mount that is still used in some way outlives its last reference for a while: that is no reason to fail. */
  protected async release(name: string, id: string): Promise<void> {
    const { references, save } = this.tools;
    references.drop(name, id);
    await save();
    if (references.count(name) > 0) return;
    try {
      await this.takeDown(name);
    } catch (error) {
      this.takeDownLater(name, error);
    }
  }

  protected readOptions(texts: ReadonlyMap<string, string>): Options {
    return readOptions(texts);
  }

  /** @throws Refusal when there is none */
  protected async existing(name: string): Promise<About> {
    const volume = await this.tools.backEnd.find(name);
    if (!volume) throw new Refusal("there is no such volume");
    return volume;
  }

  /** False when the back end could not be asked. */
  protected async askOr(ask: () => Promise<void>): Promise<boolean> {
    try {
      await ask();
      return true;
    } catch (error) {
      if (error instanceof BackEndAway) return false;
      throw error;
    }
  }

  protected brief(name: string): Pick<Shown, "Name" | "Mountpoint"> {
    const { references, mounts } = this.tools;
    return { Name: name, ...(references.count(name) > 0 && { Mountpoint: mounts.pathOf(name) }) };
  }

  protected takeDownLater(name: string, why: unknown, afterMs = TRY_AGAIN_MS): void {
    this.tools.log(`volume ${name} stays mounted for now: ${why instanceof Error ? why.message : String(why)}`);
    const again = () => this.settle(name, Math.min(2 * afterMs, TRY_AGAIN_AT_MOST_MS));
    setTimeout(again, afterMs).unref();
  }
}
