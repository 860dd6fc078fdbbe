import fs from "node:fs/promises";
import path from "node:path";

/** Replaces a file that only its owner may read; it is the old or the new one whatever happens, and the new one from then on. */
export async function replaceFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await fs.open(temporary, "w", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(temporary, file);
  const directory = await fs.open(path.dirname(file));
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Saves what there is to be saved: calls that come while one is being written share the next. */
export class Saver {
  readonly #write: () => Promise<void>;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `write` stores what is there when it is called. */
  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Resolves once all that was there at the call is stored. */
  save(): Promise<void> {
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      const written = this.#write();
      this.#writing = written.catch(() => undefined);
      return written;
    });
    return this.#next;
  }
}
