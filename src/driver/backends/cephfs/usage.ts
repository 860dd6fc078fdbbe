import { setTimeout as delay } from "node:timers/promises";
import { driverError } from "../../errors.ts";
import { type Clients, hasEndedHere, type MountedClient } from "./clients.ts";
import { Refused } from "./orders.ts";

/** A client that has just unmounted, as on another host, is known to the metadata server for another second. */
const GOODBYE_MS = 4000;
const LOOK_AGAIN_MS = 250;
const FREE_LIMIT_MS = 3000;

/** What of a volume's use the metadata server can tell and end. */
export class Usage {
  readonly #clients: Clients;
  readonly #isOwnServer: (pid: string) => boolean;

  /** `isOwnServer` tells of a process of this host whether this driver has started it, even if it has ended. */
  constructor(clients: Clients, isOwnServer: (pid: string) => boolean) {
    this.#clients = clients;
    this.#isOwnServer = isOwnServer;
  }

  /**
   * Before a mount at `target`: what a client that was killed there still holds of the directory `path`, as when the host
   * has lost its power, is freed at once, and not when its time is over. Nothing fails when that cannot be done.
   */
  async free(path: string, target: string, signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(FREE_LIMIT_MS)]);
    await this.#rid(path, ({ mountPoint }) => mountPoint === target, limit).catch(() => undefined);
  }

  /**
   * The cluster removes what others have mounted, and they lose what they have open.
   * @throws SeatrialError VOLUME_IN_USE, VOLUME_NOT_MADE where it cannot be asked for
   */
  async demandUnused(name: string, path: string, signal: AbortSignal): Promise<void> {
    const patience = AbortSignal.timeout(GOODBYE_MS);
    const isOwn = ({ pid }: MountedClient) => pid !== undefined && this.#isOwnServer(pid);
    for (;;) {
      const clients = await this.#rid(path, isOwn, signal).catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        const remedy = "Give the driver's client `mds 'allow *'`, or switch the check off: --in-use-check no.";
        const detail = `nobody can tell whether "${name}" is mounted on other hosts: ${error.message}`;
        throw driverError("VOLUME_NOT_MADE", detail, { remedy, cause: error });
      });
      const hosts = clients.map(({ host }) => host);
      if (hosts.length === 0) return;
      if (patience.aborted) throw driverError("VOLUME_IN_USE", `"${name}" is mounted on ${hosts.join(", ")}`);
      await delay(LOOK_AGAIN_MS, undefined, { signal });
    }
  }

  /** Evicts the clients of `path` that have ended on this host and are `ours`; gives those that live on. */
  async #rid(path: string, ours: (client: MountedClient) => boolean, signal: AbortSignal): Promise<MountedClient[]> {
    const clients = await this.#clients.of(path, signal);
    const ended = clients.filter((client) => ours(client) && hasEndedHere(client, path));
    for (const client of ended) await this.#clients.evict(client, signal);
    return clients.filter((client) => !ended.includes(client));
  }
}
