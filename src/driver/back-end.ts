import type { ZodType } from "zod";
import type { MountPoint } from "../core/mount-info.ts";

/** A volume as its back end knows it. */
export interface KnownVolume {
  name: string;
  /** RFC 3339. */
  createdAt?: string;
  /** What Get shows of it beside: size, quota, state. No secrets. */
  status: Readonly<Record<string, unknown>>;
}

/** How a mount stands. unknown: nobody can tell in time, as while a server is silent. */
export type Health = "healthy" | "broken" | "unknown";

/** Where volumes live, and how they come to be at a path. Every call ends by itself when `signal` is aborted. */
export interface BackEnd<Options = unknown> {
  readonly id: string;
  /** global: a volume made on one host is there on the others. */
  readonly scope: "local" | "global";
  /** What Create takes, from texts; strict, so that an option nobody knows is refused by name. */
  readonly options: ZodType<Options>;
  /** One line for each option, for `help` and for the refusal of an unknown one. */
  readonly optionHelp: Readonly<Record<string, string>>;
  /**
   * Makes it, wholly or not at all; safe to repeat, and then it changes nothing.
   * @throws DriverError BACK_END_AWAY when it cannot be asked, VOLUME_DIFFERS when it is there with other options
   */
  create(name: string, options: Options, signal: AbortSignal): Promise<void>;
  /** Its data and its name; one that is not there is no error. @throws DriverError */
  remove(name: string, signal: AbortSignal): Promise<void>;
  /** All there are. @throws DriverError BACK_END_AWAY */
  list(signal: AbortSignal): Promise<KnownVolume[]>;
  /** Makes the volume appear at `target`, an empty directory. @throws DriverError; nothing is mounted then */
  mount(name: string, target: string, signal: AbortSignal): Promise<void>;
  /** @throws DriverError MOUNT_BUSY while it is in use; never by force */
  unmount(target: string, signal: AbortSignal): Promise<void>;
  /** Whether what is mounted at `target` still serves. Touches it in another process only. */
  probe(target: string, signal: AbortSignal): Promise<Health>;
  /**
   * Whether a mount that nobody remembers can be this volume's, as after a crash or with the state lost; others on its
   * mount point are refused. Looks at nothing but what it is given. Without it every mount there is believed.
   */
  recognises?(name: string, mount: MountPoint): boolean;
  /** Ends what it keeps running for mounts that are not in use; mounts that are stay. */
  close(): Promise<void>;
}
