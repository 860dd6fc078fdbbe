import fs from "node:fs";
import { constants } from "node:os";
import { systemCode } from "../core/errors.ts";
import { errnoOf } from "./errors.ts";
import { MAX_WRITE_BYTES, negotiate } from "./handshake.ts";
import { type Caller, CODECS, OPCODE, type OperationName, type Operations } from "./operations.ts";
import { packHeader } from "./replies.ts";
import {
  parseBatchForget,
  parseForget,
  parseHeader,
  parseInit,
  parseInterrupt,
  REQUEST_HEADER_BYTES,
} from "./requests.ts";
import { StructReader } from "./struct.ts";

/** How a file system is served. */
export interface ServeOptions {
  /** Bits of `INIT_FLAG`. */
  initFlags: number;
  /** The largest write in one request, a multiple of 4096; more than 128 KiB needs the flag `maxPages`. */
  maxWriteBytes?: number;
  /** Reads of the device that wait at one time; each holds one thread of libuv's pool, which has four. */
  lanes?: number;
  /** Told of what an operation threw that is no system error; the request is answered with EIO. */
  onDefect(error: unknown): void;
}

/** The device says so when a request went away between two reads, or a signal came. */
const PASSING = new Set(["EINTR", "EAGAIN", "ENOENT"]);
const UNMOUNTED = new Set(["ENODEV", "ECONNABORTED"]);
const NAMES = new Map<number, OperationName>(
  Object.entries(CODECS).map(([name, { opcode }]) => [opcode, name as OperationName]),
);
const EMPTY = new Uint8Array(0);

/**
 * Answers the kernel's requests until the file system is unmounted. Operations that answer at once are answered in
 * order; one that returns a promise holds nobody else up.
 */
export async function serve(device: number, operations: Operations, options: ServeOptions): Promise<void> {
  const loop = new RequestLoop(device, operations, options);
  await Promise.all(Array.from({ length: options.lanes ?? 2 }, () => loop.lane()));
}

class RequestLoop {
  readonly #device: number;
  readonly #operations: Operations;
  readonly #options: ServeOptions;
  /** Requests that are being waited for, and whether their callers have given up. */
  readonly #waiting = new Map<number, { interrupted: boolean }>();

  constructor(device: number, operations: Operations, options: ServeOptions) {
    this.#device = device;
    this.#operations = operations;
    this.#options = options;
  }

  /** Reads one request after another; a message is copied so that the next read can begin before it is dealt with. */
  lane(): Promise<void> {
    const buffer = Buffer.alloc((this.#options.maxWriteBytes ?? MAX_WRITE_BYTES) + 4096);
    return new Promise((resolve, reject) => {
      const next = (): void =>
        fs.read(this.#device, buffer, 0, buffer.length, null, (error, lengthBytes) => {
          if (error && UNMOUNTED.has(error.code ?? "")) return resolve();
          if (error && !PASSING.has(error.code ?? "")) return reject(error);
          const message = error ? undefined : Buffer.from(buffer.subarray(0, lengthBytes));
          next();
          if (message) this.#receive(message);
        });
      next();
    });
  }

  #receive(message: Buffer): void {
    const header = parseHeader(new StructReader(message));
    const body = new StructReader(message, REQUEST_HEADER_BYTES);
    const name = NAMES.get(header.opcode);
    if (name) return this.#answer(name, { ...header, interrupted: () => this.#isInterrupted(header.unique) }, body);
    switch (header.opcode) {
      case OPCODE.forget:
        return this.#operations.forget(header.node, parseForget(body).lookups);
      case OPCODE.batchForget:
        for (const { node, lookups } of parseBatchForget(body).forgotten) this.#operations.forget(node, lookups);
        return;
      case OPCODE.interrupt:
        return this.#interrupt(parseInterrupt(body).unique);
      case OPCODE.init:
        return this.#send(
          header.unique,
          0,
          negotiate(parseInit(body), this.#options.initFlags, this.#options.maxWriteBytes),
        );
      default:
        return this.#send(header.unique, header.opcode === OPCODE.destroy ? 0 : constants.errno.ENOSYS);
    }
  }

  #answer(name: OperationName, caller: Caller, body: StructReader): void {
    const { unique } = caller;
    const codec = CODECS[name] as unknown as { parse(body: StructReader): never; pack(reply: unknown): Uint8Array };
    const operation = this.#operations[name];
    if (!operation) return this.#send(unique, constants.errno.ENOSYS);
    try {
      const reply = operation(caller, codec.parse(body));
      if (!(reply instanceof Promise)) return this.#send(unique, 0, codec.pack(reply));
      this.#waiting.set(unique, { interrupted: false });
      reply
        .then((value) => this.#send(unique, 0, codec.pack(value)))
        .catch((error: unknown) => this.#refuse(unique, error))
        .finally(() => this.#waiting.delete(unique));
    } catch (error) {
      this.#refuse(unique, error);
    }
  }

  #refuse(unique: number, error: unknown): void {
    const errno = errnoOf(error);
    if (errno === undefined) this.#options.onDefect(error);
    this.#send(unique, errno ?? constants.errno.EIO);
  }

  #send(unique: number, errno: number, body: Uint8Array = EMPTY): void {
    const header = packHeader(unique, errno, body.length);
    try {
      fs.writevSync(this.#device, body.length > 0 ? [header, body] : [header]);
    } catch (error) {
      // ENOENT: the caller was interrupted and nobody waits for the answer. The others: unmounted meanwhile.
      const code = systemCode(error) ?? "";
      if (!PASSING.has(code) && !UNMOUNTED.has(code)) this.#options.onDefect(error);
    }
  }

  #isInterrupted(unique: number): boolean {
    return this.#waiting.get(unique)?.interrupted ?? false;
  }

  #interrupt(unique: number): void {
    const waiting = this.#waiting.get(unique);
    if (waiting) waiting.interrupted = true;
  }
}
