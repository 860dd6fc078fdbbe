import { mkdir, rmdir } from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../../../core/errors.ts";
import type { Faults } from "./faults.ts";
import { isBindOf, mountTable } from "./mount-table.ts";
import { run } from "./programs.ts";
import { Refusal } from "./refusal.ts";

/**
 * Volumes bound to `mounts/NAME`. The kernel's table is asked each time, never a memory of it: mounts go behind a
 * driver's back, and are there before it. The directories stay until Remove and are of no use to anybody while nothing
 * is mounted on them. Nothing is ever unmounted by force: that would take it from containers that still use it.
 */
export class BindMounts {
  protected readonly directory: string;
  protected readonly faults: Faults;

  constructor(directory: string, faults: Faults) {
    this.directory = directory;
    this.faults = faults;
  }

  pathOf(volume: string): string {
    return path.join(this.directory, volume);
  }

  /** Volumes that are mounted, whoever has done it. */
  async mounted(): Promise<string[]> {
    const here = (await mountTable()).filter((mount) => path.dirname(mount.path) === this.directory);
    return [...new Set(here.map((mount) => path.basename(mount.path)))];
  }

  /** Makes `source` appear, once however often it is asked for. @throws Refusal; nothing new is mounted then */
  async mount(volume: string, source: string, flags: readonly string[]): Promise<void> {
    const target = this.pathOf(volume);
    const table = await mountTable();
    const present = table.filter((mount) => mount.path === target);
    if (present.length > 1 || present.some((mount) => !isBindOf(mount, source, table)))
      throw new Refusal("something else is mounted where the volume belongs");
    if (present.some((mount) => flags.every((flag) => mount.options.includes(flag)))) return;
    if (present.length > 0) await this.bind(["-o", ["remount", "bind", ...flags].join(), target]);
    else await this.#first(source, target, flags);
  }

  /** @throws Refusal while it is in use */
  async unmount(volume: string): Promise<void> {
    if (!(await this.mounted()).includes(volume)) return;
    await this.faults.whenUnmounting();
    const { exitCode, complaint } = await run("umount", ["--", this.pathOf(volume)]);
    if (exitCode !== 0 && complaint.includes("busy")) throw new Refusal("the mount is in use");
    if ((await this.mounted()).includes(volume)) throw new Refusal("the volume is still mounted");
  }

  /** Removes the place where it was, unless somebody has put something there. */
  async forget(volume: string): Promise<void> {
    try {
      await rmdir(this.pathOf(volume));
    } catch (error) {
      if (systemCode(error) !== "ENOENT" && systemCode(error) !== "ENOTEMPTY") throw error;
    }
  }

  /** Makes the place for mounts. */
  async start(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  protected async bind(arguments_: readonly string[]): Promise<void> {
    await this.faults.whenMounting();
    const { exitCode } = await run("mount", arguments_);
    if (exitCode !== 0) throw new Refusal("the volume cannot be mounted");
  }

  async #first(source: string, target: string, flags: readonly string[]): Promise<void> {
    await mkdir(target, { recursive: true, mode: 0o000 });
    try {
      await this.bind(["--bind", ...(flags.length > 0 ? ["-o", flags.join()] : []), "--", source, target]);
    } catch (error) {
      await this.forget(path.basename(target));
      throw error;
    }
  }
}
