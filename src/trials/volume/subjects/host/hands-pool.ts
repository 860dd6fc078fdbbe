import fs from "node:fs";
import path from "node:path";
import { SubjectProcess, type SubjectProgram } from "../../../../subjects/subject-process.ts";
import type { BoundDirectory, FileFacts, FileHands, HeldFile } from "../../subject.ts";
import type { HandsCommand } from "../hands/protocol.ts";
import { HandsProcess } from "./hands-process.ts";
import { ENVIRONMENT } from "./keeper.ts";

/** Where the hands work. */
export interface HandsPlace {
  program: SubjectProgram;
  /** The words that run a program where the driver's mounts are. */
  enter(program: readonly string[]): string[];
  /** Every mount of the driver is below. */
  root: string;
  /** For fresh mount points; the same inside and outside. */
  scratch: string;
  /** For each call; 10 s unless given. */
  limitMs?: number | undefined;
}

type Ask = (command: HandsCommand, limitMs?: number) => Promise<unknown>;

const LIMIT_MS = 10_000;
/** Many files take their time on a right file system too. */
const FILL_LIMIT_MS = 120_000;
/** Processes that work at once: while some hang, others go on. */
const MOST = 4;

/** Hands as many as are needed: each call has a process to itself while it lasts. */
export class HandsPool implements FileHands {
  readonly #place: HandsPlace;
  readonly #idle: HandsProcess[] = [];
  readonly #alive = new Set<HandsProcess>();
  readonly #queue: (() => void)[] = [];
  readonly #limitMs: number;
  #busy = 0;

  constructor(place: HandsPlace) {
    this.#place = place;
    this.#limitMs = place.limitMs ?? LIMIT_MS;
  }

  write = (file: string, text: string) => this.#files.write(file, text);
  append = (file: string, text: string) => this.#files.append(file, text);
  read = (file: string) => this.#files.read(file);
  list = (directory: string) => this.#files.list(directory);
  stat = (file: string) => this.#files.stat(file);

  async makeDirectory(directory: string): Promise<void> {
    await this.#ask({ act: "makeDirectory", path: directory });
  }

  async link(target: string, link: string): Promise<void> {
    await this.#ask({ act: "link", target, path: link });
  }

  async remove(file: string): Promise<void> {
    await this.#ask({ act: "remove", path: file });
  }

  async fill(directory: string, count: number): Promise<void> {
    await this.#ask({ act: "fill", directory, count }, FILL_LIMIT_MS);
  }

  async mount(words: readonly string[]): Promise<void> {
    await this.#ask({ act: "run", words: ["mount", "-n", ...words] });
  }

  async unmount(point: string, lazily = false): Promise<void> {
    await this.#ask({ act: "run", words: ["umount", "-n", "-i", "-c", ...(lazily ? ["-l"] : []), point] });
  }

  async hold(file: string): Promise<HeldFile> {
    const { ask, end } = await this.#ownHands([], { act: "hold", path: file });
    return {
      write: async (text) => void (await ask({ act: "writeHeld", text })),
      read: async () => (await ask({ act: "readHeld" })) as string,
      [Symbol.asyncDispose]: end,
    };
  }

  async bind(source: string): Promise<BoundDirectory> {
    const { root, scratch } = this.#place;
    const target = fs.mkdtempSync(path.join(scratch, "bind-"));
    const launcher = ["unshare", "--mount", "--propagation", "private", "--"];
    const removeTarget = () => fs.promises.rmdir(target);
    try {
      const { ask, end } = await this.#ownHands(launcher, { act: "bind", source, target, hidden: root });
      return { path: target, files: filesBy(ask), [Symbol.asyncDispose]: () => end().then(removeTarget) };
    } catch (error) {
      await removeTarget();
      throw error;
    }
  }

  /** Ends all hands, those that hold and those that hang too; the next call starts others. */
  async close(): Promise<void> {
    this.#idle.length = 0;
    await Promise.all([...this.#alive].map((hands) => this.#end(hands)));
  }

  readonly #ask: Ask = async (command, limitMs = this.#limitMs) => {
    if (this.#busy === MOST) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#busy++;
    try {
      const hands = this.#idle.pop() ?? (await this.#start([]));
      try {
        return await hands.ask(command, limitMs);
      } finally {
        if (hands.isLost) this.#alive.delete(hands);
        else this.#idle.push(hands);
      }
    } finally {
      this.#busy--;
      this.#queue.shift()?.();
    }
  };

  readonly #files = filesBy(this.#ask);

  /** Hands for one thing only, which end with it. */
  async #ownHands(launcher: readonly string[], first: HandsCommand): Promise<{ ask: Ask; end: () => Promise<void> }> {
    const hands = await this.#start(launcher);
    const ask: Ask = (command, limitMs = this.#limitMs) => hands.ask(command, limitMs);
    const end = () => this.#end(hands);
    try {
      await ask(first);
      return { ask, end };
    } catch (error) {
      await end();
      throw error;
    }
  }

  async #start(launcher: readonly string[]): Promise<HandsProcess> {
    const { program, enter } = this.#place;
    const how = { launcher: enter(launcher), env: ENVIRONMENT };
    const hands = new HandsProcess(await SubjectProcess.start(program, {}, how));
    this.#alive.add(hands);
    return hands;
  }

  async #end(hands: HandsProcess): Promise<void> {
    this.#alive.delete(hands);
    await hands.end();
  }
}

function filesBy(ask: Ask): BoundDirectory["files"] {
  return {
    write: async (file, text) => void (await ask({ act: "write", path: file, text })),
    append: async (file, text) => void (await ask({ act: "append", path: file, text })),
    read: async (file) => (await ask({ act: "read", path: file })) as string,
    list: async (directory) => (await ask({ act: "list", path: directory })) as string[],
    stat: async (file) => (await ask({ act: "stat", path: file })) as FileFacts | undefined,
  };
}
