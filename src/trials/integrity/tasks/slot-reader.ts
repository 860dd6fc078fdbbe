import fs from "node:fs";
import { systemCode } from "../../../core/errors.ts";
import { type BlockSubject, createBlockSubject } from "../blocks/subject.ts";
import { BLOCK_BYTES, type Damage, type ReadPath, type Region, type Workload } from "../model.ts";
import type { Bounds } from "../oracle/bounds.ts";
import { judgePresence } from "../oracle/presence.ts";
import { alignedBuffer } from "./aligned-memory.ts";
import { type BlocksRead, readBlocks } from "./block-reads.ts";
import type { LatencyClasses } from "./latency-classes.ts";
import type { Portion } from "./portions.ts";
import { isDirectory, regionPath, slotPath } from "./region-files.ts";
import { nothingSeen, seeAbsence, seeBytes, seeFault, type SlotsSeen } from "./slots-seen.ts";

/** What is read, how, and what it is held against. */
export interface SlotReaderOptions {
  directory: string;
  workload: Workload;
  path: ReadPath;
  readNs: LatencyClasses;
  boundsOf(region: number, slot: number): Bounds;
  /** The most that the region's one file may have, bytes. */
  mostBytesOf?(region: Region): number;
}

/** One read of the shared files; large enough for the disk, small enough for the processor's cache. */
const READ_BYTES = 2 ** 20;
const { O_DIRECT, O_RDONLY } = fs.constants;

interface OpenFile {
  descriptor: number;
  sizeBytes: number;
}

/** An open file, or why there is none. */
type Opened = OpenFile | { systemCode: string };

/** Reads slots back and judges them. Descriptors of shared files stay open until `close`. */
export class SlotReader {
  readonly #options: SlotReaderOptions;
  readonly #subject: BlockSubject;
  readonly #buffer: Buffer;
  readonly #open = new Map<number, Opened>();

  constructor(options: SlotReaderOptions) {
    const { runId, regions } = options.workload;
    this.#options = options;
    this.#subject = createBlockSubject(runId);
    this.#buffer = alignedBuffer(Math.max(READ_BYTES, ...regions.map(({ slotBytes }) => slotBytes)));
  }

  /** Reads and judges slots of one region. */
  read(portion: Portion): SlotsSeen {
    const { region } = portion;
    const seen = nothingSeen(region);
    const opened = this.#regionFile(region);
    if ("systemCode" in opened) this.#seeUnopened(seen, portion, opened.systemCode);
    else if (isDirectory(region)) this.#readFiles(seen, portion);
    else this.#readShared(seen, portion, opened);
    return seen;
  }

  close(): void {
    for (const opened of this.#open.values()) if ("descriptor" in opened) fs.closeSync(opened.descriptor);
    this.#open.clear();
  }

  /** The region's one file, or its directory. */
  #regionFile(region: Region): Opened {
    const known = this.#open.get(region.id);
    if (known) return known;
    const file = regionPath({ directory: this.#options.directory, region });
    const opened = openFile(file, isDirectory(region) ? "buffered" : this.#options.path);
    this.#open.set(region.id, opened);
    return opened;
  }

  #seeUnopened(seen: SlotsSeen, { region, fromSlot, toSlot }: Portion, code: string): void {
    const fault =
      code === "ENOENT" ? ({ kind: "missing" } as const) : ({ kind: "io-error", systemCode: code } as const);
    for (let slot = fromSlot; slot < toSlot; slot++) {
      seeFault(seen, region, slot, this.#options.boundsOf(region.id, slot), fault);
    }
  }

  #readShared(seen: SlotsSeen, portion: Portion, file: OpenFile): void {
    const { region, fromSlot, toSlot } = portion;
    const { slotBytes } = region;
    const slotsPerRead = Math.max(1, Math.floor(READ_BYTES / slotBytes));
    for (let first = fromSlot; first < toSlot; first += slotsPerRead) {
      const slots = Math.min(slotsPerRead, toSlot - first);
      const read = this.#readInto(seen, file.descriptor, slots * slotBytes, first * slotBytes);
      for (let i = 0; i < slots; i++) {
        const bounds = this.#options.boundsOf(region.id, first + i);
        const thereBytes = Math.min(slotBytes, Math.max(0, read.sizeBytes - i * slotBytes));
        const rest = { at: i * slotBytes, thereBytes, fileBytes: file.sizeBytes, unreadable: read.unreadable };
        seeBytes(seen, this.#subject, { region, slot: first + i, bounds, buffer: this.#buffer, ...rest });
      }
    }
    if (toSlot === region.slots) this.#seeEnd(seen, region, file.sizeBytes);
  }

  /** What is behind the last slot that may be there. */
  #seeEnd(seen: SlotsSeen, region: Region, sizeBytes: number): void {
    const mostBytes = this.#options.mostBytesOf?.(region) ?? Infinity;
    if (sizeBytes <= mostBytes) return;
    const block = mostBytes / BLOCK_BYTES;
    const blocks = Math.ceil(sizeBytes / BLOCK_BYTES) - block;
    const damage: Damage = {
      kind: "extended",
      region: region.id,
      block,
      blocks,
      allowed: { low: 0, high: 0 },
      sizeBytes,
    };
    seen.damages.push(damage);
  }

  #readFiles(seen: SlotsSeen, { region, fromSlot, toSlot }: Portion): void {
    for (let slot = fromSlot; slot < toSlot; slot++) {
      const opened = openFile(slotPath({ directory: this.#options.directory, region }, slot), this.#options.path);
      try {
        this.#readFile(seen, region, slot, opened);
      } finally {
        if ("descriptor" in opened) fs.closeSync(opened.descriptor);
      }
    }
  }

  #readFile(seen: SlotsSeen, region: Region, slot: number, opened: Opened): void {
    const bounds = this.#options.boundsOf(region.id, slot);
    if ("systemCode" in opened) {
      const { systemCode: code } = opened;
      if (code !== "ENOENT") return seeFault(seen, region, slot, bounds, { kind: "io-error", systemCode: code });
      const fault = judgePresence(region, bounds, undefined);
      return fault ? seeFault(seen, region, slot, bounds, { kind: fault }) : seeAbsence(seen, region, slot, bounds);
    }
    const { descriptor, sizeBytes: fileBytes } = opened;
    const fault = judgePresence(region, bounds, fileBytes);
    if (fault === "resurrected" || fault === "extended")
      return seeFault(seen, region, slot, bounds, { kind: fault, sizeBytes: fileBytes });
    const read = this.#readInto(seen, descriptor, region.slotBytes, 0);
    const rest = { at: 0, thereBytes: read.sizeBytes, fileBytes, unreadable: read.unreadable };
    seeBytes(seen, this.#subject, { region, slot, bounds, buffer: this.#buffer, ...rest });
  }

  #readInto(seen: SlotsSeen, descriptor: number, lengthBytes: number, position: number): BlocksRead {
    const buffer = this.#buffer.subarray(0, lengthBytes);
    const read = readBlocks({ descriptor, buffer, position }, this.#options.readNs);
    seen.readBytes += read.sizeBytes;
    return read;
  }
}

function openFile(file: string, path: ReadPath): Opened {
  try {
    const descriptor = fs.openSync(file, O_RDONLY | (path === "direct" ? O_DIRECT : 0));
    return { descriptor, sizeBytes: fs.fstatSync(descriptor).size };
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { systemCode: code };
  }
}
