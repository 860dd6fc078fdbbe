import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { systemCode } from "../../../../core/errors.ts";

const state = z.strictObject({
  version: z.literal(1),
  epoch: z.int().positive(),
  /** Volumes that are known, for the time when the back end cannot be asked. */
  volumes: z.record(z.string(), z.strictObject({ createdAt: z.string().optional() })),
  references: z.record(
    z.string(),
    z.record(z.string(), z.strictObject({ count: z.int().positive(), epoch: z.int().positive() })),
  ),
});
/** All that the driver remembers. */
export type State = z.infer<typeof state>;

/** What was found at the start: `lost` is a file that is there and cannot be understood. */
export type Remembered = { kind: "state"; state: State } | { kind: "none" } | { kind: "lost"; why: string };

/** One JSON file that is either as it was or as it shall be, whenever the power fails. */
export class StateFile {
  protected readonly directory: string;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  constructor(directory: string) {
    this.directory = directory;
  }

  get path(): string {
    return path.join(this.directory, "state.json");
  }

  async read(): Promise<Remembered> {
    try {
      return { kind: "state", state: state.parse(JSON.parse(await readFile(this.path, "utf8"))) };
    } catch (error) {
      if (systemCode(error) === "ENOENT") return { kind: "none" };
      return { kind: "lost", why: error instanceof SyntaxError ? "it is no JSON" : "it is not in the form of a state" };
    }
  }

  /** Keeps what `take` gives when the write begins; whoever asks while one is going on shares the next. */
  save(take: () => State): Promise<void> {
    this.#waiting ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        this.#writing = this.write(`${JSON.stringify(take())}\n`);
        return this.#writing;
      });
    return this.#waiting;
  }

  /** A crash before the rename leaves the old file, one after it the new; both syncs make that true of the disk. */
  protected async write(text: string): Promise<void> {
    const fresh = `${this.path}.new`;
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await writeSynced(fresh, text);
    await rename(fresh, this.path);
    await syncDirectory(this.directory);
  }
}

/** Readable by its owner only. */
async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
