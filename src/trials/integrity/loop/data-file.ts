import fs from "node:fs/promises";
import { constants } from "node:fs";
import { SeatrialError, systemCode } from "../../../core/errors.ts";
import { loopError } from "./errors.ts";

/** How a file's data is moved. */
export interface DataFileManner {
  access: "read" | "write";
  /** auto: past the page cache where the file system takes that. */
  direct: "auto" | "on" | "off";
  sync: "fdatasync" | "fsync";
}

/**
 * The file under trial. Its calls leave the process free meanwhile: a disk that hangs stops neither probes nor signals.
 * Buffers must be aligned for direct transfers. All reject with the system's code.
 */
export interface DataFile {
  /** False from the first transfer that the file system took through the page cache only. */
  readonly isDirect: boolean;
  sizeBytes(): Promise<number>;
  /** All of it. */
  write(bytes: Buffer, position: number): Promise<void>;
  /** Fills what there is; less than asked for is the end of the file. */
  read(bytes: Buffer, position: number): Promise<number>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const { O_CREAT, O_DIRECT, O_RDONLY, O_WRONLY } = constants;
const REFUSALS = ["EINVAL", "EOPNOTSUPP", "ENOTSUP"];

/** The system's code where it was the storage that refused; `undefined` for errors of ours and of the surroundings. */
export function refusalOf(error: unknown): string | undefined {
  const code = error instanceof SeatrialError ? undefined : systemCode(error);
  return code === undefined || code.startsWith("ERR_") ? undefined : code;
}

/** Makes an empty file whose name is durable. */
export async function createDataFile(file: string, directory: string): Promise<void> {
  await (await fs.open(file, O_WRONLY | O_CREAT, 0o644)).close();
  const handle = await fs.open(directory, O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Opens what is there. @throws INTEGRITY_LOOP_DIRECT, or the system's error */
export async function openDataFile(file: string, manner: DataFileManner): Promise<DataFile> {
  const wantsDirect = manner.direct !== "off" && O_DIRECT !== undefined;
  const opened = new OpenDataFile(file, manner, wantsDirect);
  await opened.reopen(wantsDirect);
  return opened;
}

class OpenDataFile implements DataFile {
  readonly #file: string;
  readonly #manner: DataFileManner;
  #handle: fs.FileHandle | undefined;
  isDirect: boolean;

  constructor(file: string, manner: DataFileManner, isDirect: boolean) {
    this.#file = file;
    this.#manner = manner;
    this.isDirect = isDirect;
  }

  async reopen(direct: boolean): Promise<void> {
    await this.close();
    this.isDirect = direct;
    const access = this.#manner.access === "read" ? O_RDONLY : O_WRONLY;
    try {
      this.#handle = await fs.open(this.#file, access | (direct ? O_DIRECT : 0));
    } catch (error) {
      if (!direct || !isRefusal(error)) throw error;
      await this.#fallBack(error);
    }
  }

  async sizeBytes(): Promise<number> {
    return (await this.#open.stat()).size;
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    // A disk that fills up takes a part first and refuses the rest.
    for (let done = 0; done < bytes.length; )
      done += await this.#transfer(async (handle) => {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        return bytesWritten;
      });
  }

  async read(bytes: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < bytes.length) {
      const got = await this.#transfer(async (handle) => {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
        return bytesRead;
      });
      if (got === 0) break;
      done += got;
      // A direct read that ends at the end of the file leaves a place from which no further one may begin.
      if (this.isDirect && done % 512 !== 0) break;
    }
    return done;
  }

  async sync(): Promise<void> {
    if (this.#manner.sync === "fsync") await this.#open.sync();
    else await this.#open.datasync();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  get #open(): fs.FileHandle {
    if (!this.#handle) throw new Error("the data file is closed");
    return this.#handle;
  }

  async #transfer(move: (handle: fs.FileHandle) => Promise<number>): Promise<number> {
    try {
      return await move(this.#open);
    } catch (error) {
      if (!this.isDirect || !isRefusal(error)) throw error;
      await this.#fallBack(error);
    }
    return move(this.#open);
  }

  async #fallBack(refusal: unknown): Promise<void> {
    if (this.#manner.direct === "on")
      throw loopError("INTEGRITY_LOOP_DIRECT", `${this.#file}: ${systemCode(refusal)}`, { cause: refusal });
    await this.reopen(false);
  }
}

function isRefusal(error: unknown): boolean {
  return REFUSALS.includes(systemCode(error) ?? "");
}
