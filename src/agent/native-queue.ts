import { getSystemErrorName } from "node:util";
import { systemCode } from "../core/errors.ts";
import type { BindCall, Koffi } from "./koffi.ts";
import type { NativeLibrary, QueuedWrite, WriteQueue } from "./protocol.ts";

/** System calls by number, for C libraries have no names for them: io_setup(2) and its like. */
interface AioCalls {
  setup: number;
  destroy: number;
  getevents: number;
  submit: number;
}

/** By `process.arch`. */
const AIO_CALLS: Readonly<Partial<Record<string, AioCalls>>> = {
  x64: { setup: 206, destroy: 207, getevents: 208, submit: 209 },
  arm64: { setup: 0, destroy: 1, getevents: 4, submit: 2 },
};

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const PAGE_BYTES = 4096;
const HIGH = 2 ** 32;

/** struct iocb, in words of four bytes, little endian; linux/aio_abi.h. */
const IOCB = { words: 16, data: 0, opcode: 4, descriptor: 5, buffer: 6, lengthBytes: 8, position: 10 } as const;
const IOCB_CMD_PWRITE = 1;
/** struct io_event. */
const EVENT = { words: 8, data: 0, result: 4 } as const;
const POINTER_WORDS = 2;
const WORD_BYTES = 4;

/** The C functions of a queue. */
export function bindWriteQueue(bindCall: BindCall, koffi: Koffi): Pick<NativeLibrary, "openWriteQueue"> {
  const map = bindCall(
    "void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)",
    (result) => BigInt.asIntN(64, result as bigint) === -1n,
  );
  const unmap = bindCall("int munmap(void *address, size_t length)");
  const syscall = bindCall(
    "int64_t syscall(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)",
  );
  return {
    openWriteQueue: (depth, bufferBytes) => {
      const calls = AIO_CALLS[process.arch];
      if (!calls) throw new Error(`io_setup(2) has no number known for ${process.arch}`);
      const layout = layoutOf(depth, bufferBytes);
      const address = map(null, layout.sizeBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
      const memory = { bytes: koffi.view(address, layout.sizeBytes), address: Number(address) };
      const call: Syscall = (name, ...args) => Number(syscall(calls[name], ...args, ...Array(5 - args.length).fill(0)));
      const release = () => void unmap(address, layout.sizeBytes);
      try {
        return new KernelQueue({ depth, bufferBytes, layout, memory, call, release });
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

type Syscall = (name: keyof AioCalls, ...args: number[]) => number;

/** Where the parts of a queue's memory are, bytes from its beginning; the context is at the beginning. */
interface Layout {
  iocbs: number;
  pointers: number;
  events: number;
  buffers: number;
  sizeBytes: number;
}

function layoutOf(depth: number, bufferBytes: number): Layout {
  const iocbs = IOCB.words * WORD_BYTES;
  const pointers = iocbs + depth * IOCB.words * WORD_BYTES;
  const events = pointers + depth * POINTER_WORDS * WORD_BYTES;
  const buffers = Math.ceil((events + depth * EVENT.words * WORD_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  return { iocbs, pointers, events, buffers, sizeBytes: buffers + depth * bufferBytes };
}

interface QueueParts {
  depth: number;
  bufferBytes: number;
  layout: Layout;
  memory: { bytes: ArrayBuffer; address: number };
  call: Syscall;
  release(): void;
}

class KernelQueue implements WriteQueue {
  readonly buffers: readonly Buffer[];
  readonly #parts: QueueParts;
  readonly #words: Uint32Array;
  readonly #context: number;
  /** Places that wait for `submit`. */
  #prepared: number[] = [];
  /** Writes that the kernel did not take, and why. */
  #refused: { place: number; code: string }[] = [];

  constructor(parts: QueueParts) {
    const { depth, bufferBytes, layout, memory, call } = parts;
    this.#parts = parts;
    this.#words = new Uint32Array(memory.bytes, 0, layout.buffers / WORD_BYTES);
    call("setup", depth, memory.address);
    this.#context = this.#at(0);
    const bufferAt = (place: number) => layout.buffers + place * bufferBytes;
    this.buffers = Array.from({ length: depth }, (_, place) => Buffer.from(memory.bytes, bufferAt(place), bufferBytes));
  }

  prepare(place: number, { descriptor, position, offsetBytes, lengthBytes }: QueuedWrite): void {
    const { layout, memory, bufferBytes } = this.#parts;
    const iocb = layout.iocbs / WORD_BYTES + place * IOCB.words;
    this.#words[iocb + IOCB.data] = place;
    this.#words[iocb + IOCB.opcode] = IOCB_CMD_PWRITE;
    this.#words[iocb + IOCB.descriptor] = descriptor;
    this.#set(iocb + IOCB.buffer, memory.address + layout.buffers + place * bufferBytes + offsetBytes);
    this.#set(iocb + IOCB.lengthBytes, lengthBytes);
    this.#set(iocb + IOCB.position, position);
    const pointer = layout.pointers / WORD_BYTES + this.#prepared.length * POINTER_WORDS;
    this.#set(pointer, memory.address + iocb * WORD_BYTES);
    this.#prepared.push(place);
  }

  submit(): void {
    const { memory, layout, call } = this.#parts;
    const places = this.#prepared;
    this.#prepared = [];
    for (let taken = 0; taken < places.length; ) {
      const pointers = memory.address + layout.pointers + taken * POINTER_WORDS * WORD_BYTES;
      try {
        taken += call("submit", this.#context, places.length - taken, pointers);
      } catch (error) {
        const code = systemCode(error);
        if (code === undefined) throw error;
        // It says why the first was not taken; the others may be.
        this.#refused.push({ place: places[taken++] as number, code });
      }
    }
  }

  reap(least: number, ended: (place: number, writtenBytes: number, systemCode?: string) => void): void {
    const refused = this.#refused;
    this.#refused = [];
    for (const { place, code } of refused) ended(place, 0, code);
    const { layout } = this.#parts;
    const count = this.#await(Math.max(0, least - refused.length));
    for (let event = 0; event < count; event++) {
      const at = layout.events / WORD_BYTES + event * EVENT.words;
      const result = (this.#words[at + EVENT.result] as number) | 0;
      const place = this.#words[at + EVENT.data] as number;
      if (result < 0) ended(place, 0, getSystemErrorName(result));
      else ended(place, result);
    }
  }

  close(): void {
    // It waits for what is in flight, which would go on reading the buffers.
    this.#parts.call("destroy", this.#context);
    this.#parts.release();
  }

  /** How many events there are, at least so many. */
  #await(least: number): number {
    const { memory, layout, depth, call } = this.#parts;
    for (;;) {
      try {
        return call("getevents", this.#context, least, depth, memory.address + layout.events, 0);
      } catch (error) {
        if (systemCode(error) !== "EINTR") throw error;
      }
    }
  }

  #at(word: number): number {
    return (this.#words[word] as number) + (this.#words[word + 1] as number) * HIGH;
  }

  #set(word: number, value: number): void {
    this.#words[word] = value % HIGH;
    this.#words[word + 1] = Math.floor(value / HIGH);
  }
}
