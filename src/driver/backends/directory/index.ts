import path from "node:path";
import type { Log } from "../../../core/log.ts";
import type { MountPoint } from "../../../core/mount-info.ts";
import { messageOf, SeatrialError } from "../../../core/errors.ts";
import type { BackEnd, Health, KnownVolume } from "../../back-end.ts";
import { type CommandResult, runCommand } from "../../command.ts";
import { driverError } from "../../errors.ts";
import { DIRECTORY_OPTION_HELP, type DirectoryOptions, directoryOptions, type VolumeOptions } from "./options.ts";
import { WorkerProcess } from "./worker-process.ts";

/** What this back end works with. */
export interface DirectorySettings {
  /** global: other hosts have the same file system mounted, and drivers of their own. */
  scope: "local" | "global";
  /** A command that runs `serveVolumeStore` on its standard streams. */
  worker: readonly [string, ...string[]];
  /** For programs of the system: `PATH` at least. */
  env: Readonly<Record<string, string>>;
  log: Log;
}

/** What a call may take, in milliseconds; the list below the deadline of those who wait for it. */
const LIMITS = { list: 8000, change: 60_000, mount: 300_000, probe: 10_000, patience: 1000, trash: 24 * 3_600_000 };
/** How stat(1) tells in the C locale of a mount whose server or directory is gone. */
const BROKEN = /transport endpoint|stale file handle|input\/output error|host is down|no such file|no such device/i;
const BUSY = /busy/i;
const GONE = /not mounted|no mount point/i;

/** Volumes that are directories of a file system, which one host has or many share. A mount binds one. */
export class DirectoryBackEnd implements BackEnd<DirectoryOptions> {
  readonly id = "directory";
  readonly scope: "local" | "global";
  readonly options = directoryOptions;
  readonly optionHelp = DIRECTORY_OPTION_HELP;
  readonly #settings: DirectorySettings;
  readonly #worker: WorkerProcess;
  /** Deletes for minutes, while the other one answers. */
  readonly #cleaner: WorkerProcess;
  #cleaning: "no" | "yes" | "again" = "no";

  constructor(settings: DirectorySettings) {
    this.scope = settings.scope;
    this.#settings = settings;
    this.#worker = new WorkerProcess(settings.worker, settings.env);
    this.#cleaner = new WorkerProcess(settings.worker, settings.env);
    this.#emptyTrash();
  }

  async create(name: string, options: DirectoryOptions, signal: AbortSignal): Promise<void> {
    await this.#worker.call({ call: "create", name, options }, LIMITS.change, signal);
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#worker.call({ call: "remove", name }, LIMITS.change, signal);
    this.#emptyTrash();
  }

  async list(signal: AbortSignal): Promise<KnownVolume[]> {
    return (await this.#worker.call({ call: "list" }, LIMITS.list, signal)) as KnownVolume[];
  }

  async mount(name: string, target: string, signal: AbortSignal): Promise<void> {
    const call = this.scope === "global" ? "hold" : "describe";
    const described = await this.#worker.call({ call, name }, LIMITS.change, signal);
    const { source, options } = described as { source: string; options: VolumeOptions };
    const result = await this.#run(["mount", "-n", "-o", mountOptions(options), source, target], LIMITS.mount, signal);
    if (result.exit === 0) return;
    await this.#letGo(name);
    throw failed(name, "mount", result);
  }

  async unmount(target: string, signal: AbortSignal): Promise<void> {
    const result = await this.#run(["umount", "-n", "-c", target], LIMITS.mount, signal);
    if (result.exit === 0 || GONE.test(result.stderr)) return this.#letGo(path.basename(target));
    if (BUSY.test(result.stderr)) throw driverError("MOUNT_BUSY", `${target} is in use`);
    throw failed(target, "umount", result);
  }

  async probe(target: string, signal: AbortSignal): Promise<Health> {
    const { exit, stderr } = await this.#run(["stat", "--format=%i", target], LIMITS.probe, signal);
    if (exit === 0) return "healthy";
    return BROKEN.test(stderr) ? "broken" : "unknown";
  }

  /** Another host may have removed it: it then lies in the trash, or nowhere. */
  recognises(name: string, { root }: MountPoint): boolean {
    return root.endsWith(`/volumes/${name}/data`) || root.includes(`/trash/${name}~`);
  }

  async close(): Promise<void> {
    this.#worker.close();
    this.#cleaner.close();
  }

  #run(words: readonly [string, ...string[]], timeoutMs: number, signal: AbortSignal): Promise<CommandResult> {
    return runCommand(words, { env: this.#settings.env, timeoutMs, signal });
  }

  /** Only keeps other hosts from removing the volume: where their file system hangs, nobody here waits for that. */
  async #letGo(name: string): Promise<void> {
    if (this.scope === "local") return;
    const telling = this.#worker
      .call({ call: "let-go", name }, LIMITS.change, new AbortController().signal)
      .catch((error: unknown) =>
        this.#settings.log("warn", "volume-still-held", { volume: name, detail: messageOf(error) }),
      );
    await Promise.race([telling, new Promise((resolve) => setTimeout(resolve, LIMITS.patience).unref())]);
  }

  #emptyTrash(): void {
    if (this.#cleaning !== "no") {
      this.#cleaning = "again";
      return;
    }
    this.#cleaning = "yes";
    void this.#clean().finally(() => {
      const again = this.#cleaning === "again";
      this.#cleaning = "no";
      if (again) this.#emptyTrash();
    });
  }

  async #clean(): Promise<void> {
    const { log } = this.#settings;
    try {
      const left = await this.#cleaner.call({ call: "empty-trash" }, LIMITS.trash, new AbortController().signal);
      if (left !== 0) log("warn", "trash-left", { entries: left });
    } catch (error) {
      const code = error instanceof SeatrialError ? error.code : undefined;
      log("warn", "trash-not-emptied", { code, detail: messageOf(error) });
    }
  }
}

function mountOptions({ ro, nosuid, nodev, noexec }: VolumeOptions): string {
  const flags = Object.entries({ ro, nosuid, nodev, noexec }).filter(([, isSet]) => isSet);
  return ["bind", ...flags.map(([flag]) => flag)].join(",");
}

function failed(what: string, program: string, { exit, stderr }: CommandResult): SeatrialError {
  return driverError("MOUNT_FAILED", `${what}: ${program} has ended with ${exit ?? "a signal"}: ${stderr.trim()}`);
}
