import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import { messageOf, SeatrialError, systemCode } from "../../../core/errors.ts";
import { isWithin, parseMountInfo } from "../../../core/mount-info.ts";
import type { KnownVolume } from "../../back-end.ts";
import { driverError } from "../../errors.ts";
import { emptyTrash } from "./trash.ts";
import { seal, unseal } from "../../sealed.ts";
import { DEFAULT_OPTIONS, type DirectoryOptions, type VolumeOptions } from "./options.ts";

/** Names below the root; those of volumes come below `volumes` only. */
const PLACES = {
  volumes: "volumes",
  staging: "staging",
  trash: "trash",
  marker: "seatrial-volumes.json",
} as const;
/** Within a volume's own directory. */
const DATA = "data";
const ABOUT = "volume.json";

const number = z.int().min(0);
const aboutSchema = z.object({
  createdAt: z.string(),
  options: z.object({
    ...{ mode: number, uid: number, gid: number },
    ...{ ro: z.boolean(), nosuid: z.boolean(), nodev: z.boolean(), noexec: z.boolean() },
  }),
});
type About = z.infer<typeof aboutSchema>;
const markerSchema = z.object({ id: z.string() });

/** Errors of a file system that is not there, or not just now. */
const AWAY = new Set("ENOENT ENOTDIR EIO ESTALE ENOTCONN EHOSTDOWN EHOSTUNREACH ETIMEDOUT ENXIO ENODEV".split(" "));

/**
 * Volumes as directories. A volume's data lies in `volumes/NAME/data` with what is known of it beside; it is made elsewhere
 * and moved there, and removed by being moved away, so that it is there wholly or not at all, for every host that shares
 * the file system. All of this may hang as the file system does: it belongs in a process that can be given up.
 */
export class VolumeStore {
  readonly #root: string;
  /** On this host's own disk: which root was used here. */
  readonly #rememberedFile: string;
  readonly #clock: Pick<Clock, "wallTime">;
  readonly #read = new Map<string, { inode: number; about: About }>();

  constructor(root: string, rememberedFile: string, clock: Pick<Clock, "wallTime">) {
    this.#root = root;
    this.#rememberedFile = rememberedFile;
    this.#clock = clock;
  }

  list(): KnownVolume[] {
    return this.#asked(() => {
      const entries = fs.readdirSync(this.#place(PLACES.volumes), { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => this.#volume(name) ?? []);
    });
  }

  /** @throws SeatrialError VOLUME_DIFFERS */
  create(name: string, options: DirectoryOptions): void {
    this.#asked(() => {
      const found = this.#about(name);
      if (found) return demandSame(name, found.options, options);
      const staged = this.#place(PLACES.staging, `${name}~${randomBytes(6).toString("hex")}`);
      try {
        this.#fill(staged, completed(options));
        fs.renameSync(staged, this.#volumePath(name));
      } catch (error) {
        if (fs.existsSync(staged)) this.#discard(staged);
        // Another host has been faster.
        const other = ["ENOTEMPTY", "EEXIST"].includes(systemCode(error) ?? "") ? this.#about(name) : undefined;
        if (!other) throw error;
        demandSame(name, other.options, options);
      }
      syncDirectory(this.#place(PLACES.volumes));
    });
  }

  /** Its name is free and its data in the trash when this returns. */
  remove(name: string): void {
    this.#asked(() => {
      const volume = this.#volumePath(name);
      demandNothingMounted(name, volume);
      try {
        this.#discard(volume);
      } catch (error) {
        if (systemCode(error) !== "ENOENT") throw error;
      }
      this.#read.delete(name);
    });
  }

  /** How a volume is to be mounted, and what. @throws SeatrialError VOLUME_UNKNOWN */
  describe(name: string): { source: string; options: VolumeOptions } {
    return this.#asked(() => {
      const about = this.#about(name);
      if (!about) throw driverError("VOLUME_UNKNOWN", `there is no volume ${name}`);
      return { source: path.join(this.#volumePath(name), DATA), options: about.options };
    });
  }

  /** Deletes what was removed, and gives how many volumes could not be. */
  emptyTrash(): number {
    return this.#asked(() => emptyTrash(this.#place(PLACES.trash)));
  }

  /** Makes sure that this is the file system with the volumes: an empty mount point looks like a store without any. */
  #asked<Result>(work: () => Result): Result {
    try {
      this.#recogniseRoot();
      return work();
    } catch (error) {
      if (error instanceof SeatrialError) throw error;
      const code = AWAY.has(systemCode(error) ?? "") ? "BACK_END_AWAY" : "VOLUME_NOT_MADE";
      throw driverError(code, messageOf(error), { cause: error });
    }
  }

  #recogniseRoot(): void {
    const marker = readMarker(this.#place(PLACES.marker));
    const remembered = readMemory(this.#rememberedFile);
    if (marker !== undefined && marker === remembered) return;
    if (remembered !== undefined)
      throw driverError(
        "BACK_END_AWAY",
        marker === undefined
          ? `${this.#root} has no volumes in it: the file system that had them is not mounted there`
          : `${this.#root} is not the store that was used before`,
      );
    const id = marker ?? this.#begin();
    fs.writeFileSync(this.#rememberedFile, seal({ id }), { mode: 0o600 });
  }

  #begin(): string {
    for (const place of [PLACES.volumes, PLACES.staging, PLACES.trash])
      fs.mkdirSync(this.#place(place), { recursive: true, mode: 0o700 });
    const id = randomBytes(16).toString("hex");
    fs.writeFileSync(this.#place(PLACES.marker), seal({ format: 1, id }), { flag: "wx", mode: 0o600 });
    return id;
  }

  #fill(staged: string, options: VolumeOptions): void {
    const data = path.join(staged, DATA);
    fs.mkdirSync(staged, { mode: 0o700 });
    fs.mkdirSync(data);
    fs.chownSync(data, options.uid, options.gid);
    fs.chmodSync(data, options.mode);
    const about: About = { createdAt: this.#clock.wallTime().toISOString(), options };
    const file = fs.openSync(path.join(staged, ABOUT), "wx", 0o600);
    try {
      fs.writeFileSync(file, `${JSON.stringify({ format: 1, ...about })}\n`);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  }

  #discard(directory: string): void {
    fs.renameSync(
      directory,
      this.#place(PLACES.trash, `${path.basename(directory)}~${randomBytes(6).toString("hex")}`),
    );
  }

  #volume(name: string): KnownVolume | undefined {
    const about = this.#about(name);
    return about && { name, createdAt: about.createdAt, status: {} };
  }

  /** What was written once and never changes is read once. */
  #about(name: string): About | undefined {
    const file = path.join(this.#volumePath(name), ABOUT);
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (!found) return undefined;
    const read = this.#read.get(name);
    if (read?.inode === found.ino) return read.about;
    const about = aboutSchema.parse(JSON.parse(fs.readFileSync(file, "utf8")));
    this.#read.set(name, { inode: found.ino, about });
    return about;
  }

  #volumePath(name: string): string {
    return this.#place(PLACES.volumes, name);
  }

  #place(...parts: string[]): string {
    return path.join(this.#root, ...parts);
  }
}

function readMarker(file: string): string | undefined {
  try {
    return markerSchema.parse(unseal(fs.readFileSync(file, "utf8"))).id;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A memory that cannot be read is none: the marker beside the volumes is what counts. */
function readMemory(file: string): string | undefined {
  try {
    return readMarker(file);
  } catch {
    return undefined;
  }
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
