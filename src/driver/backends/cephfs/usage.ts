import { setTimeout as delay } from "node:timers/promises";
import { isWithin } from "../../../core/mount-info.ts";
import { driverError } from "../../errors.ts";
import { type Clients, hasEndedHere, isFromHere, isLeavingHere, type MountedClient } from "./clients.ts";
import { mountedAt } from "./mounted.ts";
import { Refused } from "./orders.ts";

/** One that has just unmounted on another host is known to the metadata server for another second. */
const GOODBYE_MS = 3000;
/** One that nothing is mounted of on this host any more: on a busy machine it takes its time to end. */
const OWN_GOODBYE_MS = 8000;
const LOOK_AGAIN_MS = 250;
const FREE_LIMIT_MS = 3000;

/** Where this driver's mounts come from, and where they are. */
export interface OwnPlaces {
  /** The group's directory in the file system. */
  group: string;
  /** The directory on this host that all mount points lie below. */
  mounts: string;
}

/** What of the volumes' use the metadata server can tell and end. */
export class Usage {
  readonly #clients: Clients;
  readonly #places: OwnPlaces;

  constructor(clients: Clients, places: OwnPlaces) {
    this.#clients = clients;
    this.#places = places;
  }

  /**
   * Frees what clients of this driver hold that were killed, as when the host has lost its power. Whoever needs it would
   * wait for a minute else; when that is a manager, all its other work waits as well. Nothing fails when it cannot be done.
   */
  async freeEnded(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(FREE_LIMIT_MS)]);
    await this.#evictEnded(limit).catch(() => undefined);
  }

  /**
   * The cluster removes what others have mounted, and they lose what they have open.
   * @throws SeatrialError VOLUME_IN_USE, VOLUME_NOT_MADE where it cannot be asked for
   */
  async demandUnused(name: string, path: string, signal: AbortSignal): Promise<void> {
    const [patience, ownPatience] = [AbortSignal.timeout(GOODBYE_MS), AbortSignal.timeout(OWN_GOODBYE_MS)];
    for (;;) {
      const users = await this.#usersOf(name, path, signal);
      if (users.length === 0) return;
      const { aborted: isOver } = users.every(isUnmountedHere) ? ownPatience : patience;
      const hosts = users.map(({ host }) => host).join(", ");
      if (isOver) throw driverError("VOLUME_IN_USE", `"${name}" is mounted on ${hosts}`);
      await delay(LOOK_AGAIN_MS, undefined, { signal });
    }
  }

  async #usersOf(name: string, path: string, signal: AbortSignal): Promise<MountedClient[]> {
    try {
      const clients = await this.#clients.all(signal);
      return clients.filter((client) => client.root === path && !isLeavingHere(client));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const remedy = "Give the driver's client `mds 'allow *'`, or switch the check off: --in-use-check no.";
      const detail = `nobody can tell whether "${name}" is mounted on other hosts: ${error.message}`;
      throw driverError("VOLUME_NOT_MADE", detail, { remedy, cause: error });
    }
  }

  async #evictEnded(signal: AbortSignal): Promise<void> {
    const { group, mounts } = this.#places;
    for (const client of await this.#clients.all(signal)) {
      const { root = "", mountPoint = "" } = client;
      if (isWithin(root, group) && isWithin(mountPoint, mounts) && hasEndedHere(client))
        await this.#clients.evict(client, signal);
    }
  }
}

function isUnmountedHere(client: MountedClient): boolean {
  return isFromHere(client) && client.mountPoint !== undefined && mountedAt(client.mountPoint) === undefined;
}
