import fs from "node:fs";
import { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { KnownVolume } from "../back-end.ts";
import { seal, unseal } from "../sealed.ts";
import { replaceFile, Saver } from "./whole-file.ts";

const memorySchema = z.array(z.object({ name: z.string(), createdAt: z.string().optional() }));
const PAUSE_MS = 1000;

/** Which volumes were known when the driver last ran: all that an engine can be told of when both start in an outage. */
export class Memory {
  /** Undefined where nothing was kept, or nothing that can be read. */
  readonly remembered: KnownVolume[] | undefined;
  readonly #saver: Saver;
  readonly #log: Log;
  #latest: readonly KnownVolume[] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string, log: Log) {
    this.remembered = read(file, log);
    this.#log = log;
    this.#saver = new Saver(() =>
      replaceFile(file, seal(this.#latest?.map(({ name, createdAt }) => ({ name, createdAt })))),
    );
  }

  /** Stores them soon: what is not stored is asked of the back end. */
  keep(volumes: readonly KnownVolume[]): void {
    this.#latest = volumes;
    this.#timer ??= setTimeout(() => void this.#save(), PAUSE_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#timer) await this.#save();
  }

  async #save(): Promise<void> {
    this.#timer = undefined;
    try {
      await this.#saver.save();
    } catch (error) {
      this.#log("warn", "catalogue-not-saved", { detail: messageOf(error) });
    }
  }
}

function read(file: string, log: Log): KnownVolume[] | undefined {
  if (!fs.existsSync(file)) return undefined;
  try {
    const volumes = memorySchema.parse(unseal(fs.readFileSync(file, "utf8")));
    return volumes.map(({ name, createdAt }) => ({ name, status: {}, ...(createdAt !== undefined && { createdAt }) }));
  } catch (error) {
    log("warn", "catalogue-unreadable", { file, detail: messageOf(error) });
    return undefined;
  }
}
