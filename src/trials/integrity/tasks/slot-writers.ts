import fs from "node:fs";
import { systemCode } from "../../../core/errors.ts";
import type { Region, SyncCall } from "../model.ts";
import { isPresentIn } from "../oracle/presence.ts";
import { CallFailed, calling } from "./failing-calls.ts";
import type { LatencyClasses } from "./latency-classes.ts";
import { isDirectory, newSlotPath, type RegionPlace, regionPath, slotPath } from "./region-files.ts";
import type { TransferTarget } from "./transfer-window.ts";

const { O_CREAT, O_DIRECT, O_DSYNC, O_RDONLY, O_TRUNC, O_WRONLY } = fs.constants;

/** How a writer goes about it. */
export interface WriteManner {
  direct: boolean;
  syncCall: SyncCall;
  writeNs: LatencyClasses;
  syncNs: LatencyClasses;
}

/** Puts whole slots of one region where they belong. Descriptors stay open until `close`. */
export interface SlotWriter {
  /** Returns how many bytes went to the storage. @throws CallFailed; the slot then holds anything between before and after */
  write(slot: number, generation: number, bytes: Buffer): number;
  /** Where a slot goes, for a transfer that the caller makes; absent where a step is more than one call. */
  aim?(slot: number): TransferTarget;
  /** Whether something was written that no sync has covered. */
  readonly dirty: boolean;
  /** @throws CallFailed; what was written since the last sync that succeeded is then promised nothing. */
  sync(): void;
  close(): void;
}

/** Opens what is there; makes nothing. @throws CallFailed where the region is gone. */
export function openSlotWriter(place: RegionPlace, manner: WriteManner): SlotWriter {
  if (!isDirectory(place.region)) return new FileWriter(place, manner);
  return place.region.kind === "files" ? new FilesWriter(place, manner) : new ReplaceWriter(place, manner);
}

function openFlags({ direct, syncCall }: WriteManner): number {
  return O_WRONLY | (direct ? O_DIRECT : 0) | (syncCall === "o_dsync" ? O_DSYNC : 0);
}

/** All slots in one file: in-place and append. */
class FileWriter implements SlotWriter {
  readonly #region: Region;
  readonly #manner: WriteManner;
  readonly #descriptor: number;
  dirty = false;

  constructor(place: RegionPlace, manner: WriteManner) {
    this.#region = place.region;
    this.#manner = manner;
    this.#descriptor = calling("open", () => fs.openSync(regionPath(place), openFlags(manner)));
  }

  write(slot: number, _generation: number, bytes: Buffer): number {
    const { descriptor, position } = this.aim(slot);
    writeAll(descriptor, bytes, position, this.#manner);
    return bytes.length;
  }

  aim(slot: number): TransferTarget {
    if (this.#manner.syncCall !== "o_dsync") this.dirty = true;
    return { descriptor: this.#descriptor, position: slot * this.#region.slotBytes };
  }

  sync(): void {
    this.dirty = false;
    syncFile(this.#descriptor, this.#manner);
  }

  close(): void {
    quietly(() => fs.closeSync(this.#descriptor));
  }
}

/** What the two kinds of directory have in common: names become durable with the directory. */
abstract class DirectoryWriter implements SlotWriter {
  protected readonly place: RegionPlace;
  protected readonly manner: WriteManner;
  readonly #descriptor: number;
  dirty = false;

  constructor(place: RegionPlace, manner: WriteManner) {
    this.place = place;
    this.manner = manner;
    this.#descriptor = calling("open", () => fs.openSync(regionPath(place), O_RDONLY));
  }

  abstract write(slot: number, generation: number, bytes: Buffer): number;

  sync(): void {
    this.dirty = false;
    this.manner.syncNs.time(() => calling("sync", () => fs.fsyncSync(this.#descriptor)));
  }

  close(): void {
    quietly(() => fs.closeSync(this.#descriptor));
  }

  /** Makes a file whole and, as far as the workload asks for it, its content durable. */
  protected writeFile(file: string, bytes: Buffer): number {
    const flags = openFlags(this.manner) | O_CREAT | O_TRUNC;
    const descriptor = calling("open", () => fs.openSync(file, flags, 0o644));
    try {
      writeAll(descriptor, bytes, 0, this.manner);
      const { syncCall } = this.manner;
      if (syncCall === "fsync" || syncCall === "fdatasync") syncFile(descriptor, this.manner);
      return bytes.length;
    } finally {
      calling("write", () => fs.closeSync(descriptor));
    }
  }
}

/** Makes the slot's file in one generation and takes it away in the next. */
class FilesWriter extends DirectoryWriter {
  write(slot: number, generation: number, bytes: Buffer): number {
    this.dirty = true;
    const file = slotPath(this.place, slot);
    if (isPresentIn("files", generation)) return this.writeFile(file, bytes);
    calling("unlink", () => removeIfThere(file));
    return 0;
  }
}

/** A crash may have undone the creation: the step wants the file away, and so it is. */
function removeIfThere(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

class ReplaceWriter extends DirectoryWriter {
  write(slot: number, _generation: number, bytes: Buffer): number {
    this.dirty = true;
    const fresh = newSlotPath(this.place, slot);
    try {
      const writtenBytes = this.writeFile(fresh, bytes);
      calling("rename", () => fs.renameSync(fresh, slotPath(this.place, slot)));
      return writtenBytes;
    } catch (error) {
      // On a full disk the half-written file would keep the space that the next step needs.
      if (error instanceof CallFailed) quietly(() => fs.unlinkSync(fresh));
      throw error;
    }
  }
}

/** For what tidies up after a failure that is told of anyway. */
function quietly(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function writeAll(descriptor: number, bytes: Buffer, position: number, { writeNs }: WriteManner): void {
  writeNs.time(() =>
    calling("write", () => {
      // A disk that fills up takes a part first and refuses the rest.
      for (let done = 0; done < bytes.length; )
        done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position + done);
    }),
  );
}

function syncFile(descriptor: number, { syncCall, syncNs }: WriteManner): void {
  syncNs.time(() =>
    calling("sync", () => (syncCall === "fdatasync" ? fs.fdatasyncSync(descriptor) : fs.fsyncSync(descriptor))),
  );
}
