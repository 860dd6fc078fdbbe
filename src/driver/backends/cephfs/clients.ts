import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { z } from "zod";
import { away, type Order, type Orders } from "./orders.ts";

const sessionList = z.array(
  z.looseObject({
    id: z.number(),
    entity: z.looseObject({ addr: z.looseObject({ addr: z.string() }) }),
    client_metadata: z
      .looseObject({
        root: z.string().optional(),
        hostname: z.string().default("a host"),
        pid: z.string().optional(),
        mount_point: z.string().optional(),
      })
      .prefault({}),
  }),
);

const LAST_WORDS = 4096;

/** Who has something mounted, in the client's own words. */
export interface MountedClient {
  id: number;
  host: string;
  /** Without a port. */
  address: string;
  /** Of the process that serves the mount, in its own namespace; the kernel's client has none. */
  pid: string | undefined;
  /** The directory of the file system that it has mounted. */
  root: string | undefined;
  /** Where it is mounted on its host. */
  mountPoint: string | undefined;
}

/** What the file system's first metadata server knows of clients; to ask it an identity needs `mds 'allow *'`. */
export class Clients {
  readonly #orders: Orders;
  readonly #server: string;

  constructor(orders: Orders, fileSystem: string) {
    this.#orders = orders;
    this.#server = `${fileSystem}:0`;
  }

  /** @throws Refused; SeatrialError BACK_END_AWAY */
  async all(signal: AbortSignal): Promise<MountedClient[]> {
    const order: Order = { prefix: "session ls", arguments: {}, server: this.#server };
    const sessions = sessionList.safeParse(await this.#orders.order(order, signal));
    if (!sessions.success) throw away("it answers `session ls` with something else than that");
    return sessions.data.map(
      ({ id, entity, client_metadata: { hostname: host, pid, root, mount_point: mountPoint } }) => ({
        ...{ id, host, pid, root, mountPoint, address: entity.addr.addr.replace(/:\d+$/, "") },
      }),
    );
  }

  /** Throws one out for good: what it held is free at once. @throws Refused; SeatrialError BACK_END_AWAY */
  async evict({ id }: MountedClient, signal: AbortSignal): Promise<void> {
    await this.#orders.order(
      { prefix: "session evict", arguments: { filters: [`id=${id}`] }, server: this.#server },
      signal,
    );
  }
}

/** Whether it was a process of this host, and is none any more: the cluster waits a minute for one that was killed. */
export function hasEndedHere(client: MountedClient): boolean {
  return isFromHere(client) && client.pid !== undefined && !isServer(client);
}

/**
 * Whether it is a ceph-fuse of this host whose mount is gone from everywhere, and which is about to say good-bye to the
 * cluster, for which it takes a second. It tells its end of the mount on its standard error.
 */
export function isLeavingHere(client: MountedClient): boolean {
  return isFromHere(client) && isServer(client) && lastWords(`/proc/${client.pid}/fd/2`).includes("fuse finished");
}

/** Whether it is a process of this host, by its name and its address. */
export function isFromHere({ host, address }: MountedClient): boolean {
  const own = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return host === hostname() && own.some((one) => one.address === address);
}

/** Whether the process of that number serves this mount, and is not another that was given the number since. */
function isServer({ pid, root = "" }: MountedClient): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(root);
  } catch {
    return false;
  }
}

function lastWords(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(-LAST_WORDS);
  } catch {
    return "";
  }
}
