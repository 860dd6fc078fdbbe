import { SeatrialError } from "../../core/errors.ts";
import { createRequest, mountRequest, volumeRequest } from "./requests.ts";

/** A volume as answers tell of it. */
export interface ToldVolume {
  Name: string;
  /** Where it is mounted; absent while it is not. */
  Mountpoint?: string;
  CreatedAt?: string;
  Status?: Readonly<Record<string, unknown>>;
}

/** What stands behind the protocol. `caller` is aborted once nobody waits for the answer; calls then undo what nobody wants. */
export interface Volumes {
  readonly scope: "local" | "global";
  /** An engine has started, or has found this driver: it has forgotten what it had mounted. */
  activated(): Promise<void>;
  create(name: string, options: ReadonlyMap<string, string>, caller: AbortSignal): Promise<void>;
  get(name: string): Promise<ToldVolume>;
  list(): Promise<ToldVolume[]>;
  remove(name: string, caller: AbortSignal): Promise<void>;
  /** Gives the path. */
  mount(name: string, id: string, caller: AbortSignal): Promise<string>;
  unmount(name: string, id: string, caller: AbortSignal): Promise<void>;
  /** Whether an engine would be told wrong things now: what is stored cannot be asked, or could not a moment ago. */
  isAway(): boolean;
  /** For `seatrial driver status`. */
  status(): Promise<object>;
}

/** One call of the protocol: gives the answer's fields. */
export interface Call {
  /** What the volume is, for the log. */
  run(volumes: Volumes, body: string, caller: AbortSignal): Promise<object>;
  /** It may have to wait for a mount. */
  isSlow: boolean;
  /**
   * Whether an engine takes any error for "there is no such volume", forgets the volume's labels and options, and makes
   * a local one of that name: then only that very error is told, and everything else gets no answer at all.
   */
  errorMeansAbsent: boolean;
}

const quick = (run: Call["run"]): Call => ({ run, isSlow: false, errorMeansAbsent: false });
const slow = (run: Call["run"]): Call => ({ run, isSlow: true, errorMeansAbsent: false });

/** Every endpoint by its path. */
export const CALLS: ReadonlyMap<string, Call> = new Map([
  [
    "/Plugin.Activate",
    quick(async (volumes) => {
      await volumes.activated();
      return { Implements: ["VolumeDriver"] };
    }),
  ],
  ["/VolumeDriver.Capabilities", quick(async ({ scope }) => ({ Capabilities: { Scope: scope } }))],
  [
    "/VolumeDriver.Create",
    slow(async (volumes, body, caller) => {
      const { name, options } = createRequest(body);
      await volumes.create(name, options, caller);
      return { Err: "" };
    }),
  ],
  [
    "/VolumeDriver.Get",
    {
      ...quick(async (volumes, body) => ({ Volume: await volumes.get(volumeRequest(body).name), Err: "" })),
      errorMeansAbsent: true,
    },
  ],
  ["/VolumeDriver.List", quick(async (volumes) => ({ Volumes: (await volumes.list()).map(inList), Err: "" }))],
  [
    "/VolumeDriver.Path",
    quick(async (volumes, body) => {
      const { Mountpoint } = await volumes.get(volumeRequest(body).name);
      return { ...(Mountpoint !== undefined && { Mountpoint }), Err: "" };
    }),
  ],
  [
    "/VolumeDriver.Remove",
    quick(async (volumes, body, caller) => {
      await volumes.remove(volumeRequest(body).name, caller);
      return { Err: "" };
    }),
  ],
  [
    "/VolumeDriver.Mount",
    slow(async (volumes, body, caller) => {
      const { name, id } = mountRequest(body);
      return { Mountpoint: await volumes.mount(name, id, caller), Err: "" };
    }),
  ],
  [
    "/VolumeDriver.Unmount",
    quick(async (volumes, body, caller) => {
      const { name, id } = mountRequest(body);
      await volumes.unmount(name, id, caller);
      return { Err: "" };
    }),
  ],
  ["/Seatrial.Status", quick((volumes) => volumes.status())],
]);

/** The protocol's list has no more than these. */
function inList({ Name, Mountpoint }: ToldVolume): ToldVolume {
  return { Name, ...(Mountpoint !== undefined && { Mountpoint }) };
}

/** Errors of Get that are true whatever the storage does. */
const CERTAIN = new Set(["VOLUME_UNKNOWN", "NAME_REFUSED", "REQUEST_REFUSED"]);

/** Whether an answer would say more than is known. */
export function mustStaySilent({ errorMeansAbsent }: Call, error: unknown): boolean {
  return errorMeansAbsent && !(error instanceof SeatrialError && CERTAIN.has(error.code));
}
