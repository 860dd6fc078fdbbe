import { randomUUID } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { createSystemClock } from "../../../../core/clock.ts";
import { systemCode } from "../../../../core/errors.ts";
import type { Faults } from "./faults.ts";
import { mountedWithin } from "./mount-table.ts";
import type { Options } from "./options.ts";
import { run } from "./programs.ts";
import { Refusal } from "./refusal.ts";
import { syncDirectory } from "./state-file.ts";

const about = z.strictObject({
  createdAt: z.string(),
  options: z.strictObject({
    ...{ mode: z.int(), uid: z.int(), gid: z.int() },
    ...{ nosuid: z.boolean(), nodev: z.boolean() },
  }),
});
/** What is kept beside a volume's data. */
export type About = z.infer<typeof about>;

/** Names of volumes that can be: nothing else ever becomes part of a path. What the driver makes itself begins with a dot. */
export const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
/** No Create takes as long: whatever is older was left by one that was killed. */
const LEFT_OVER_MS = 5 * 60_000;

/**
 * Volumes as directories. `NAME/volume.json` tells of one, `NAME/data` is what containers get, `NAME/hosts` has a file
 * for each host that has it mounted. A volume comes and goes by one rename, so there is never half of one.
 */
export class DirectoryBackEnd {
  protected readonly directory: string;
  protected readonly faults: Faults;

  constructor(directory: string, faults: Faults) {
    this.directory = directory;
    this.faults = faults;
  }

  /** What is mounted for a volume. */
  dataOf(name: string): string {
    return path.join(this.directory, name, "data");
  }

  /** Undefined where there is none. @throws BackEndAway */
  async find(name: string): Promise<About | undefined> {
    this.faults.whenAsked();
    try {
      return about.parse(JSON.parse(await readFile(path.join(this.directory, name, "volume.json"), "utf8")));
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Names of all volumes. @throws BackEndAway */
  async list(): Promise<string[]> {
    this.faults.whenAsked();
    return (await readdir(this.directory)).filter((name) => VOLUME_NAME.test(name)).sort();
  }

  /** Makes a volume whole before it has its name. Gives false when another host was first. @throws Refusal */
  async create(name: string, options: Options): Promise<boolean> {
    this.faults.whenAsked();
    const fresh = path.join(this.directory, `.new-${randomUUID()}`);
    try {
      this.faults.whenCreating();
      await this.#build(fresh, { createdAt: createSystemClock().wallTime().toISOString(), options });
      await rename(fresh, path.join(this.directory, name));
      await syncDirectory(this.directory);
      return true;
    } catch (error) {
      await this.#delete(fresh);
      if (systemCode(error) === "ENOTEMPTY" || systemCode(error) === "EEXIST") return false;
      throw error;
    }
  }

  /** Takes the name away at once and the data in its own time. @throws Refusal while anything is mounted in it */
  async remove(name: string): Promise<void> {
    this.faults.whenAsked();
    const volume = path.join(this.directory, name);
    const gone = path.join(this.directory, `.gone-${randomUUID()}`);
    await refuseWhereUsed(volume);
    if (!(await moved(volume, gone))) return;
    try {
      // A host that was about to mount it may have come between.
      await refuseWhereUsed(gone);
    } catch (error) {
      await rename(gone, volume);
      throw error;
    }
    await syncDirectory(this.directory);
    void this.#delete(gone);
  }

  /** This host is about to mount it. @throws Refusal when it has just been removed */
  async enter(name: string, host: string): Promise<void> {
    try {
      await writeFile(path.join(this.directory, name, "hosts", host), "");
    } catch (error) {
      throw systemCode(error) === "ENOENT" ? new Refusal("there is no such volume") : error;
    }
  }

  /** This host no longer has it mounted. */
  async leave(name: string, host: string): Promise<void> {
    await rm(path.join(this.directory, name, "hosts", host), { force: true });
  }

  /** Makes it usable, and finishes what a crash of this host has left undone; `mounted` are the volumes it still has. */
  async start(host: string, mounted: readonly string[]): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.directory)) {
      const entry = path.join(this.directory, name);
      if (name.startsWith(".gone-") || (name.startsWith(".new-") && (await isOld(entry)))) void this.#delete(entry);
      else if (!mounted.includes(name)) await this.leave(name, host);
    }
  }

  async #build(directory: string, facts: About): Promise<void> {
    const data = path.join(directory, "data");
    await mkdir(path.join(directory, "hosts"), { recursive: true, mode: 0o700 });
    await mkdir(data);
    await chown(data, facts.options.uid, facts.options.gid);
    await chmod(data, facts.options.mode);
    await writeFile(path.join(directory, "volume.json"), JSON.stringify(facts), { mode: 0o600, flush: true });
    await syncDirectory(directory);
  }

  /** Only what nobody can name any more, and never into something that is mounted there. */
  async #delete(directory: string): Promise<void> {
    if ((await mountedWithin(directory)).length > 0) return;
    await run("rm", ["-rf", "--one-file-system", "--", directory]);
  }
}

async function isOld(directory: string): Promise<boolean> {
  return createSystemClock().wallTime().getTime() - (await stat(directory)).ctimeMs > LEFT_OVER_MS;
}

async function refuseWhereUsed(volume: string): Promise<void> {
  const hosts = await readdir(path.join(volume, "hosts")).catch(() => []);
  if (hosts.length > 0) throw new Refusal(`the volume is in use on ${hosts.join(", ")}`);
  if ((await mountedWithin(volume)).length > 0) throw new Refusal("something is mounted inside the volume");
}

/** False where there was nothing to move. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}
