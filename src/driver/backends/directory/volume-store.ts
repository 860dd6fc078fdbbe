import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Clock } from "../../../core/clock.ts";
import { messageOf, SeatrialError, systemCode } from "../../../core/errors.ts";
import { isWithin, parseMountInfo } from "../../../core/mount-info.ts";
import type { KnownVolume } from "../../back-end.ts";
import { driverError } from "../../errors.ts";
import { AboutReader, writeAbout } from "./about.ts";
import { Hosts } from "./hosts.ts";
import { DEFAULT_OPTIONS, type DirectoryOptions, type VolumeOptions } from "./options.ts";
import { StoreRoot } from "./root.ts";
import { emptyTrash } from "./trash.ts";

/** Within a volume's own directory. */
const DATA = "data";
const ABOUT = "volume.json";

/** Errors of a file system that is not there, or not just now. */
const AWAY = new Set("ENOENT ENOTDIR EIO ESTALE ENOTCONN EHOSTDOWN EHOSTUNREACH ETIMEDOUT ENXIO ENODEV".split(" "));

/**
 * Volumes as directories. A volume's data lies in `volumes/NAME/data` with what is known of it beside; it is made elsewhere
 * and moved there, and removed by being moved away, so that it is there wholly or not at all, for every host that shares
 * the file system. All of this may hang as the file system does: it belongs in a process that can be given up.
 */
export class VolumeStore {
  readonly #root: StoreRoot;
  readonly #hosts: Hosts;
  readonly #clock: Pick<Clock, "wallTime">;
  readonly #abouts = new AboutReader();
  #isEntered = false;

  /** `rememberedFile` lies on this host's own disk. */
  constructor(root: string, rememberedFile: string, clock: Pick<Clock, "wallTime">) {
    this.#root = new StoreRoot(root, rememberedFile);
    this.#hosts = new Hosts(clock);
    this.#clock = clock;
  }

  list(): KnownVolume[] {
    return this.#asked(() => this.#names().flatMap((name) => this.#volume(name) ?? []));
  }

  /** @throws SeatrialError VOLUME_DIFFERS */
  create(name: string, options: DirectoryOptions): void {
    this.#asked(() => {
      const found = this.#about(name);
      if (found) return demandSame(name, found.options, options);
      const staged = this.#root.place("staging", unique(name));
      try {
        this.#fill(staged, completed(options));
        fs.renameSync(staged, this.#path(name));
      } catch (error) {
        if (fs.existsSync(staged)) this.#discard(staged);
        // Another host has been faster.
        const other = ["ENOTEMPTY", "EEXIST"].includes(systemCode(error) ?? "") ? this.#about(name) : undefined;
        if (!other) throw error;
        demandSame(name, other.options, options);
      }
      syncDirectory(this.#root.place("volumes"));
    });
  }

  /** Its name is free and its data in the trash when this returns. @throws SeatrialError VOLUME_IN_USE */
  remove(name: string): void {
    this.#asked(() => {
      const volume = this.#path(name);
      demandNothingMounted(name, volume);
      this.#hosts.demandNoOther(volume);
      try {
        this.#discard(volume);
      } catch (error) {
        if (systemCode(error) !== "ENOENT") throw error;
      }
    });
  }

  /** How a volume is to be mounted. @throws SeatrialError VOLUME_UNKNOWN */
  describe(name: string): { source: string; options: VolumeOptions } {
    return this.#asked(() => {
      const about = this.#about(name);
      if (!about) throw driverError("VOLUME_UNKNOWN", `there is no volume ${name}`);
      return { source: path.join(this.#path(name), DATA), options: about.options };
    });
  }

  /** As `describe`, and tells other hosts that this one has it. @throws SeatrialError VOLUME_UNKNOWN */
  hold(name: string): ReturnType<VolumeStore["describe"]> {
    const described = this.describe(name);
    this.#asked(() => this.#hosts.enter(this.#path(name)));
    return described;
  }

  /** This host has it no longer. */
  letGo(name: string): void {
    this.#asked(() => this.#hosts.leave(this.#path(name)));
  }

  /** Deletes what was removed, and gives how many volumes could not be. */
  emptyTrash(): number {
    return this.#asked(() => emptyTrash(this.#root.place("trash")));
  }

  #asked<Result>(work: () => Result): Result {
    try {
      this.#root.recognise();
      if (!this.#isEntered) this.#hosts.leaveFormerBoots(this.#names().map((name) => this.#path(name)));
      this.#isEntered = true;
      return work();
    } catch (error) {
      if (error instanceof SeatrialError) throw error;
      const code = AWAY.has(systemCode(error) ?? "") ? "BACK_END_AWAY" : "VOLUME_NOT_MADE";
      throw driverError(code, messageOf(error), { cause: error });
    }
  }

  #names(): string[] {
    const entries = fs.readdirSync(this.#root.place("volumes"), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  #fill(staged: string, options: VolumeOptions): void {
    const data = path.join(staged, DATA);
    fs.mkdirSync(staged, { mode: 0o700 });
    fs.mkdirSync(data);
    fs.chownSync(data, options.uid, options.gid);
    fs.chmodSync(data, options.mode);
    writeAbout(path.join(staged, ABOUT), { createdAt: this.#clock.wallTime().toISOString(), options });
  }

  #discard(directory: string): void {
    fs.renameSync(directory, this.#root.place("trash", unique(path.basename(directory))));
  }

  #volume(name: string): KnownVolume | undefined {
    const about = this.#about(name);
    if (!about) return undefined;
    const { createdAt, isDamaged } = about;
    return { name, ...(createdAt !== undefined && { createdAt }), status: isDamaged ? { metadata: "unreadable" } : {} };
  }

  #about(name: string) {
    return this.#abouts.read(path.join(this.#path(name), ABOUT));
  }

  #path(name: string): string {
    return this.#root.place("volumes", name);
  }
}

/** No volume has a tilde in its name. */
function unique(name: string): string {
  return `${name}~${randomBytes(6).toString("hex")}`;
}

function completed(options: DirectoryOptions): VolumeOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_OPTIONS, ...Object.fromEntries(given) };
}

/** So that a name that was promised is there after a power cut. */
function syncDirectory(directory: string): void {
  const descriptor = fs.openSync(directory, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What is not asked for may be as it is. */
function demandSame(name: string, present: VolumeOptions, asked: DirectoryOptions): void {
  for (const [option, value] of Object.entries(asked))
    if (value !== undefined && present[option as keyof VolumeOptions] !== value)
      throw driverError("VOLUME_DIFFERS", `${name} exists and has another ${option}`);
}

/** A mount below it would go along into the trash, and what it shows be deleted there. */
function demandNothingMounted(name: string, volume: string): void {
  const table = parseMountInfo(fs.readFileSync("/proc/self/mountinfo", "utf8"));
  const inside = table.find((mount) => isWithin(mount.path, volume));
  if (inside) throw driverError("VOLUME_IN_USE", `${name}: ${inside.path} is mounted within it`);
}
