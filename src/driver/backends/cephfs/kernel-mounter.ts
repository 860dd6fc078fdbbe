import { type CommandLimits, type CommandResult, runCommand } from "../../command.ts";
import { driverError } from "../../errors.ts";
import { readKey, withKeyFile } from "./identities.ts";
import { mountedAt } from "./mounted.ts";
import { MOUNT_TIMEOUT_SECONDS, mountFlags, type MountJob, type Mounter, PathGone } from "./mounter.ts";
import type { CephfsOptions } from "./options.ts";
import { away } from "./orders.ts";
import type { CephfsSettings } from "./settings.ts";

/** More than the kernel's own limit, which tells the reason. */
const COMMAND_TIMEOUT_MS = (MOUNT_TIMEOUT_SECONDS + 3) * 1000;
const CLEAN_UP_MS = 2000;

/** Mounts with the kernel's client, which survives the driver whatever that is. */
export class KernelMounter implements Mounter {
  readonly #settings: CephfsSettings;
  readonly #env: CommandLimits["env"];

  constructor(settings: CephfsSettings, env: CommandLimits["env"]) {
    this.#settings = settings;
    this.#env = env;
  }

  async mount(job: MountJob, signal: AbortSignal): Promise<void> {
    const limits = { env: this.#env, signal, timeoutMs: COMMAND_TIMEOUT_MS };
    try {
      const key = await readKey(job.identity);
      const result = await withKeyFile(this.#settings.runDirectory, key, (secretFile) =>
        runCommand(kernelMountCommand(job, this.#settings.fileSystem, secretFile), limits),
      );
      if (result.exit !== 0) throw refusal(result);
    } catch (error) {
      await this.#takeBack(job.target);
      throw error;
    }
  }

  async #takeBack(target: string): Promise<void> {
    if (mountedAt(target) === undefined) return;
    const limits = { env: this.#env, signal: AbortSignal.timeout(CLEAN_UP_MS), timeoutMs: CLEAN_UP_MS };
    await runCommand(["umount", "-c", "-i", "-l", target], limits).catch(() => undefined);
  }
}

/**
 * The command as mount.ceph(8) has understood it in every version: addresses, then the path. Names as of version 17
 * (`user@fsid.fs=/path`) are not known to older ones.
 */
export function kernelMountCommand(job: MountJob, fileSystem: string, secretFile: string): [string, ...string[]] {
  const { subvolume, identity, options, target } = job;
  const source = `${addresses(subvolume.monitors, options.ms_mode).join(",")}:${subvolume.path}`;
  const words = [
    ...mountFlags(options),
    ...[`name=${identity.client}`, `secretfile=${secretFile}`, `mds_namespace=${fileSystem}`],
    ...[`mount_timeout=${MOUNT_TIMEOUT_SECONDS}`, ...clientOptions(options)],
  ];
  return ["mount", "-t", "ceph", source, target, "-o", words.join(",")];
}

/** The cluster tells addresses of the older protocol; the newer one listens on a port of its own. */
function addresses(monitors: readonly string[], mode: CephfsOptions["ms_mode"] = "legacy"): string[] {
  return mode === "legacy" ? [...monitors] : monitors.map((monitor) => monitor.replace(/:6789$/, ":3300"));
}

function clientOptions(options: CephfsOptions): string[] {
  const { ms_mode, recover_session, rasize, rsize, wsize, read_from_replica, crush_location } = options;
  const given = { ms_mode, recover_session, rasize, rsize, wsize, read_from_replica, crush_location };
  return Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
}

function refusal({ stderr }: CommandResult): Error {
  const told = stderr.trim().split("\n").at(-1) ?? "";
  if (/No such file or directory/.test(stderr)) return new PathGone(told);
  if (/timed out|No route|unreachable|refused/i.test(stderr))
    return away(`the kernel does not reach the cluster: ${told}`);
  return driverError("MOUNT_FAILED", `mount: ${told || "it failed without a word"}`);
}
