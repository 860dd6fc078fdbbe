import type { MountPoint } from "../../../core/mount-info.ts";
import type { BackEnd, Health, KnownVolume } from "../../back-end.ts";
import type { CommandLimits } from "../../command.ts";
import { driverError } from "../../errors.ts";
import { Clients } from "./clients.ts";
import { setFileLimit } from "./file-limit.ts";
import { FuseMounter } from "./fuse-mounter.ts";
import { probeMount } from "./health.ts";
import { keyringText, namedIdentity, withKeyFile } from "./identities.ts";
import { KernelMounter } from "./kernel-mounter.ts";
import { kernelHasCeph } from "./mounted.ts";
import { type Mounter, PathGone } from "./mounter.ts";
import { CEPHFS_OPTION_HELP, type CephfsOptions, cephfsOptions } from "./options.ts";
import { OrderProcess } from "./order-process.ts";
import { CephCommand, type Orders, Refused } from "./orders.ts";
import type { CephfsSettings } from "./settings.ts";
import { unmount } from "./unmount.ts";
import { Usage } from "./usage.ts";
import { CephfsVolumes, type LimitFiles } from "./volumes.ts";

/** What the back end works with. */
export interface CephfsParts {
  /** All that the programs it runs get: `PATH` at least. */
  env: CommandLimits["env"];
  /** Starts a program that calls `serveOrders` with the same settings; without it orders go through the `ceph` command. */
  orderCommand?: readonly [string, ...string[]];
  /** All mount points lie below it. */
  mountsDirectory: string;
}

/** Volumes on CephFS: subvolumes of one group, the same on every host that is given the same group. */
export function createCephfsBackEnd(settings: CephfsSettings, parts: CephfsParts): BackEnd<CephfsOptions> {
  const env = { ...parts.env, LC_ALL: "C" };
  const command = new CephCommand(settings, env);
  const orders = parts.orderCommand && new OrderProcess(settings, parts.orderCommand, env, command);
  return new CephfsBackEnd(settings, { ...parts, env, orders: orders ?? command });
}

class CephfsBackEnd implements BackEnd<CephfsOptions> {
  readonly id = "cephfs";
  readonly scope = "global";
  readonly options = cephfsOptions;
  readonly optionHelp = CEPHFS_OPTION_HELP;
  readonly #settings: CephfsSettings;
  readonly #env: CommandLimits["env"];
  readonly #orders: Orders;
  readonly #usage: Usage | undefined;
  readonly #volumes: CephfsVolumes;
  readonly #mounters: Readonly<Record<"fuse" | "kernel", Mounter>>;
  readonly #closing = new AbortController();
  #hasListed = false;

  constructor(settings: CephfsSettings, { env, orders, mountsDirectory }: CephfsParts & { orders: Orders }) {
    this.#settings = settings;
    this.#env = env;
    this.#orders = orders;
    const places = { group: `/volumes/${settings.group}`, mounts: mountsDirectory };
    this.#usage = settings.inUseCheck ? new Usage(new Clients(orders, settings.fileSystem), places) : undefined;
    const fuse = new FuseMounter(settings, { env, killed: () => void this.#freeEnded(this.#closing.signal) });
    this.#mounters = { fuse, kernel: new KernelMounter(settings, env) };
    const limitFiles: LimitFiles = (subvolume, fileCount, signal) => {
      const job = { subvolume, options: {}, identity: namedIdentity({}, settings) };
      return setFileLimit(this.#mounterFor({}), job, fileCount, { env, signal, directory: settings.runDirectory });
    };
    this.#volumes = new CephfsVolumes(settings, {
      orders,
      limitFiles,
      usage: this.#usage,
      closing: this.#closing.signal,
    });
  }

  create(name: string, options: CephfsOptions, signal: AbortSignal): Promise<void> {
    return this.#volumes.create(name, options, signal).catch(refusedAs("VOLUME_NOT_MADE", `"${name}" is not made`));
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#freeEnded(signal);
    return this.#volumes.remove(name, signal).catch(refusedAs("VOLUME_NOT_MADE", `"${name}" is not removed`));
  }

  list(signal: AbortSignal): Promise<KnownVolume[]> {
    // The first thing that a driver asks for: before it ended, the host may have.
    if (!this.#hasListed) void this.#freeEnded(signal);
    this.#hasListed = true;
    return this.#volumes.list(signal).catch(refusedAs("BACK_END_AWAY", "the volumes cannot be listed"));
  }

  async mount(name: string, target: string, signal: AbortSignal): Promise<void> {
    await this.#freeEnded(signal);
    const inWords = refusedAs("MOUNT_FAILED", `"${name}" is not mounted`);
    await this.#mountFound(name, target, signal).catch((error: unknown) => {
      this.#volumes.forget(name);
      // Another host has removed it since it was last seen, and perhaps made it again.
      return error instanceof PathGone ? this.#mountFound(name, target, signal).catch(inWords) : inWords(error);
    });
  }

  unmount(target: string, signal: AbortSignal): Promise<void> {
    return unmount(target, { env: this.#env, signal }, () => this.probe(target, signal));
  }

  probe(target: string, signal: AbortSignal): Promise<Health> {
    return probeMount(target, { env: this.#env, signal });
  }

  /** ceph-fuse does not tell what it serves; the kernel tells the path, in which the subvolume's name is. */
  recognises(name: string, { type, source }: MountPoint): boolean {
    if (type === "ceph") return source.includes(`/${this.#settings.group}/${name}/`);
    return type === "fuse.ceph-fuse";
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the driver ends"));
    this.#orders.close();
  }

  async #freeEnded(signal: AbortSignal): Promise<void> {
    await this.#usage?.freeEnded(signal);
  }

  async #mountFound(name: string, target: string, signal: AbortSignal): Promise<void> {
    const { subvolume, options } = await this.#volumes.find(name, signal);
    const mounter = this.#mounterFor(options);
    const job = { subvolume, options, target };
    if (!options.per_volume_auth)
      return mounter.mount({ ...job, identity: namedIdentity(options, this.#settings) }, signal);
    const client = this.#volumes.identityOf(name);
    const text = keyringText(client, await this.#volumes.authorize(name, signal));
    await withKeyFile(this.#settings.runDirectory, text, (keyring) =>
      mounter.mount({ ...job, identity: { client, keyring } }, signal),
    );
  }

  #mounterFor({ mounter = this.#settings.mounter }: CephfsOptions): Mounter {
    return this.#mounters[mounter === "auto" ? (kernelHasCeph() ? "kernel" : "fuse") : mounter];
  }
}

/** For `catch`: the cluster's own refusal in the driver's words; anything else as it is. */
function refusedAs(
  code: "VOLUME_NOT_MADE" | "MOUNT_FAILED" | "BACK_END_AWAY",
  what: string,
): (error: unknown) => never {
  return (error) => {
    if (error instanceof Refused) throw driverError(code, `${what}: ${error.message}`, { cause: error });
    if (error instanceof PathGone) throw driverError("VOLUME_UNKNOWN", `${what}: ${error.message}`, { cause: error });
    throw error;
  };
}
