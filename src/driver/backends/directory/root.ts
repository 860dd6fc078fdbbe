import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { systemCode } from "../../../core/errors.ts";
import { driverError } from "../../errors.ts";
import { seal, unseal } from "../../sealed.ts";

/** Directories below the root. Names of volumes come below `volumes` only. */
const PLACES = ["volumes", "staging", "trash"] as const;
const MARKER = "seatrial-volumes.json";

/** How a file system without hard links refuses one. */
const LINKLESS = new Set(["EPERM", "EOPNOTSUPP", "ENOTSUP", "ENOSYS"]);

const markerSchema = z.object({ id: z.string() });

/**
 * The directory with the volumes, told from one that only looks like it: an empty mount point is a store without any
 * volume. It carries a mark, and this host remembers on its own disk which mark that was.
 */
export class StoreRoot {
  readonly #directory: string;
  readonly #rememberedFile: string;

  constructor(directory: string, rememberedFile: string) {
    this.#directory = directory;
    this.#rememberedFile = rememberedFile;
  }

  /** Begins a store where there is none and none was. @throws SeatrialError BACK_END_AWAY */
  recognise(): void {
    // In this order: whoever begins a store marks it first, and remembers then.
    const remembered = this.#remembered();
    const mark = readMark(this.#markerFile);
    if (remembered === undefined) this.#remember(mark ?? this.#begin());
    else if (mark !== remembered)
      throw driverError(
        "BACK_END_AWAY",
        mark === undefined
          ? `${this.#directory} has no volumes in it: the file system that had them is not mounted there`
          : `${this.#directory} is not the store that was used before`,
      );
  }

  place(place: (typeof PLACES)[number], ...names: string[]): string {
    return path.join(this.#directory, place, ...names);
  }

  get #markerFile(): string {
    return path.join(this.#directory, MARKER);
  }

  /** A memory that cannot be read is none: the mark is what counts. */
  #remembered(): string | undefined {
    try {
      return readMark(this.#rememberedFile);
    } catch {
      return undefined;
    }
  }

  #remember(id: string): void {
    fs.writeFileSync(this.#rememberedFile, seal({ id }), { mode: 0o600, flush: true });
  }

  /** Whoever else begins it at the same time, here or on another host: one mark is there in the end, and it is whole. */
  #begin(): string {
    for (const place of PLACES) fs.mkdirSync(this.place(place), { recursive: true, mode: 0o700 });
    const id = randomBytes(16).toString("hex");
    const draft = `${this.#markerFile}.${id}`;
    fs.writeFileSync(draft, seal({ format: 1, id }), { mode: 0o600, flush: true });
    try {
      publish(draft, this.#markerFile);
      return id;
    } catch (error) {
      const other = readMark(this.#markerFile);
      if (other === undefined) throw error;
      return other;
    } finally {
      fs.unlinkSync(draft);
    }
  }
}

/** Puts a whole file at a path where none is yet. */
function publish(draft: string, file: string): void {
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if (!LINKLESS.has(systemCode(error) ?? "")) throw error;
    fs.copyFileSync(draft, file, fs.constants.COPYFILE_EXCL);
  }
}

function readMark(file: string): string | undefined {
  try {
    return markerSchema.parse(unseal(fs.readFileSync(file, "utf8"))).id;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
