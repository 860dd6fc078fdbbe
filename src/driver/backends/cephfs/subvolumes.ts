import { z } from "zod";
import type { CephfsOptions } from "./options.ts";
import { away, type Order, type Orders, Refused } from "./orders.ts";
import type { CephfsSettings } from "./settings.ts";

const listed = z.array(z.looseObject({ name: z.string() }));

const information = z.looseObject({
  state: z.string().default("complete"),
  /** Absent where only snapshots are left. */
  path: z.string().optional(),
  bytes_quota: z.union([z.number(), z.string()]).optional(),
  uid: z.number().optional(),
  gid: z.number().optional(),
  mode: z.number().optional(),
  created_at: z.string().optional(),
  data_pool: z.string().optional(),
  mon_addrs: z.array(z.string()).default([]),
});

/** A subvolume as the cluster describes it. */
export interface Subvolume {
  /** complete, snapshot-retained, or what a copy that is not ready is in. */
  state: string;
  path: string;
  /** RFC 3339. */
  createdAt?: string;
  quotaBytes?: number;
  pool?: string;
  uid?: number;
  gid?: number;
  /** Permissions, in octal with a leading 0. */
  mode?: string;
  monitors: readonly string[];
}

const NOT_READY = "not ready";

/** The cluster gives a key to nobody who does not name himself. */
const TENANT = { tenant_id: "seatrial" };

/** Whether it has data to mount; a copy that is being made has not, nor has one of which only snapshots are left. */
export function isReady({ state }: Subvolume): boolean {
  return state === "complete";
}

/** Whether it was removed and its snapshots were kept. */
export function isRetained({ state }: Subvolume): boolean {
  return state === "snapshot-retained";
}

/** The subvolumes of one group. */
export class Subvolumes {
  readonly #orders: Orders;
  readonly #fileSystem: string;
  readonly group: string;

  constructor(orders: Orders, { fileSystem, group }: Pick<CephfsSettings, "fileSystem" | "group">) {
    this.#orders = orders;
    this.#fileSystem = fileSystem;
    this.group = group;
  }

  /** Names; none where the group is not there yet. */
  async names(signal: AbortSignal): Promise<string[]> {
    const answer = await this.#order("fs subvolume ls", {}, signal).catch(ifRefused("ENOENT", []));
    return read(listed, answer, "fs subvolume ls").map(({ name }) => name);
  }

  /** Undefined where it is not there. */
  async info(name: string, signal: AbortSignal): Promise<Subvolume | undefined> {
    const answer = await this.#of("info", name, {}, signal).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      if (error.code === "ENOENT") return undefined;
      if (error.code === "EAGAIN") return { state: NOT_READY };
      throw error;
    });
    return answer === undefined ? undefined : subvolumeOf(read(information, answer, "fs subvolume info"));
  }

  /** Does not look whether it is there, and would reset what it has. @throws Refused */
  async create(name: string, options: CephfsOptions, signal: AbortSignal): Promise<void> {
    const { size, uid, gid, mode, pool, namespace_isolated } = options;
    const given = { size, uid, gid, mode, pool_layout: pool, namespace_isolated: namespace_isolated || undefined };
    await this.#inGroup(() => this.#of("create", name, given, signal), signal);
  }

  /** It goes to the trash at once and is emptied later. @throws Refused ENOTEMPTY where it has snapshots */
  async remove(name: string, signal: AbortSignal, retainSnapshots = false): Promise<void> {
    await this.#of("rm", name, { retain_snapshots: retainSnapshots || undefined }, signal).catch(
      ifRefused("ENOENT", undefined),
    );
  }

  async resize(name: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    await this.#of("resize", name, { new_size: String(sizeBytes) }, signal);
  }

  /** Undefined where it was never set. */
  async metadata(name: string, key: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#of("metadata ls", name, {}, signal);
    return read(z.record(z.string(), z.string()), answer ?? {}, "fs subvolume metadata ls")[key];
  }

  /** `%` in the value is refused by the cluster. @throws Refused EAGAIN while a copy is being made */
  async setMetadata(name: string, key: string, value: string, signal: AbortSignal): Promise<void> {
    await this.#of("metadata set", name, { key_name: key, value }, signal);
  }

  async snapshots(name: string, signal: AbortSignal): Promise<string[]> {
    const answer = await this.#of("snapshot ls", name, {}, signal);
    return read(listed, answer, "fs subvolume snapshot ls").map((snapshot) => snapshot.name);
  }

  async snapshot(name: string, snapshot: string, signal: AbortSignal): Promise<void> {
    await this.#of("snapshot create", name, { snap_name: snapshot }, signal).catch(ifRefused("EEXIST", undefined));
  }

  /** @throws Refused EAGAIN while a copy is made of it */
  async removeSnapshot(name: string, snapshot: string, signal: AbortSignal): Promise<void> {
    await this.#of("snapshot rm", name, { snap_name: snapshot }, signal).catch(ifRefused("ENOENT", undefined));
  }

  /** Begins a copy; it is made by the cluster, in its own time. */
  async clone(
    source: { name: string; snapshot: string },
    target: string,
    options: CephfsOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const given = { snap_name: source.snapshot, target_sub_name: target, target_group_name: this.group };
    await this.#of("snapshot clone", source.name, { ...given, pool_layout: options.pool }, signal).catch(
      ifRefused("EEXIST", undefined),
    );
  }

  /** Makes an identity that can read and write this one; gives its key. */
  async authorize(name: string, identity: string, signal: AbortSignal): Promise<string> {
    const answer = await this.#of("authorize", name, { auth_id: identity, access_level: "rw", ...TENANT }, signal);
    return read(z.string(), answer, "fs subvolume authorize");
  }

  async deauthorize(name: string, identity: string, signal: AbortSignal): Promise<void> {
    await this.#of("deauthorize", name, { auth_id: identity }, signal).catch(ifRefused("ENOENT", undefined));
  }

  #of(action: string, name: string, more: Order["arguments"], signal: AbortSignal): Promise<unknown> {
    return this.#order(`fs subvolume ${action}`, { sub_name: name, ...more }, signal);
  }

  #order(prefix: string, more: Order["arguments"], signal: AbortSignal): Promise<unknown> {
    const given = { vol_name: this.#fileSystem, ...more, group_name: this.group };
    return this.#orders.order({ prefix, arguments: given }, signal);
  }

  /** The group is made when the first volume wants it. */
  async #inGroup<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused && error.code === "ENOENT")) throw error;
      const given = { vol_name: this.#fileSystem, group_name: this.group };
      await this.#orders.order({ prefix: "fs subvolumegroup create", arguments: given }, signal);
      return work();
    }
  }
}

function subvolumeOf(told: z.infer<typeof information>): Subvolume {
  const { state, path = "", created_at: createdAt, bytes_quota: quota, data_pool: pool, uid, gid, mode } = told;
  return {
    ...{ state, path, monitors: told.mon_addrs },
    ...(createdAt !== undefined && { createdAt: `${createdAt.replace(" ", "T")}Z` }),
    ...(typeof quota === "number" && { quotaBytes: quota }),
    ...(pool !== undefined && { pool }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && { mode: `0${(mode & 0o7777).toString(8)}` }),
  };
}

function read<T>(schema: z.ZodType<T>, answer: unknown, order: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw away(`it answers \`${order}\` with something else than that`);
}

/** For `catch`: this refusal is an answer. */
function ifRefused<T>(code: string, answer: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Refused && error.code === code) return answer;
    throw error;
  };
}
