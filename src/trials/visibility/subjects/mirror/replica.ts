import fs from "node:fs";
import path from "node:path";
import { type CarriedState, type FileState, fingerprint, isCarried } from "./file-state.ts";

/** The side that is written. Names are paths relative to its top. */
export class Replica {
  readonly #root: string;
  /** Where a file is made that takes the place of another; on the same file system and out of sight. */
  readonly #stage: string;
  readonly #isSuperuser: boolean;
  /** Which file of the origin stands at a name, and which content of it. */
  readonly #carried = new Map<string, { identity: string; version: string }>();
  readonly #fingerprints = new Map<string, string | undefined>();

  constructor(root: string, stage: string, isSuperuser: boolean) {
    this.#root = root;
    this.#stage = stage;
    this.#isSuperuser = isSuperuser;
  }

  /** Whether what is at `name` is just what was last written there, so that an event about it tells nothing new. */
  isOwnWork(name: string): boolean {
    return this.#fingerprints.has(name) && this.#fingerprints.get(name) === fingerprint(this.#at(name));
  }

  /** Takes note of what came from here: the origin has the same at `name`. */
  learn(name: string, state: FileState): void {
    if (isCarried(state)) this.#carried.set(name, { identity: state.identity, version: versionOf(state) });
    else this.#carried.delete(name);
  }

  remove(name: string): void {
    fs.rmSync(this.#at(name), { recursive: true, force: true });
    this.#carried.delete(name);
    this.#note(name);
  }

  /** Gives a file its new name and then its new state; a file that stood there is replaced at once. */
  move(from: string, to: string, state: CarriedState): void {
    fs.renameSync(this.#at(from), this.#at(to));
    const moved = [...this.#carried].filter(([name]) => name === from || name.startsWith(`${from}/`));
    for (const [name, carried] of moved) {
      this.#carried.delete(name);
      this.#carried.set(to + name.slice(from.length), carried);
      this.#note(name);
      this.#note(to + name.slice(from.length));
    }
    this.write(to, state);
  }

  /** A further name for a file that is here already. */
  link(from: string, to: string, state: CarriedState): void {
    const carried = this.#carried.get(from);
    fs.linkSync(this.#at(from), this.#stage);
    fs.renameSync(this.#stage, this.#at(to));
    // rename(2) does nothing, the removal of the old name included, where both names are one file.
    fs.rmSync(this.#stage, { force: true });
    if (carried) this.#carried.set(to, carried);
    this.write(to, state);
    this.#note(from);
  }

  write(name: string, state: CarriedState): void {
    const target = this.#at(name);
    const carried = this.#carried.get(name);
    if (carried?.identity !== state.identity) this.#place(target, state);
    else if (carried.version !== versionOf(state) && state.kind === "file") overwrite(target, state.content);
    this.#setMetadata(target, state);
    this.learn(name, state);
    this.#note(name);
  }

  #at(name: string): string {
    return path.join(this.#root, name);
  }

  #place(target: string, state: CarriedState): void {
    const present = fs.lstatSync(target, { throwIfNoEntry: false });
    if (present && present.isDirectory() !== (state.kind === "directory")) fs.rmSync(target, { recursive: true });
    if (state.kind === "directory") {
      fs.mkdirSync(target, { recursive: true });
      return;
    }
    const made = present ? this.#stage : target;
    if (state.kind === "link") fs.symlinkSync(state.target, made);
    else fs.writeFileSync(made, state.content, { mode: state.mode });
    if (made === target) return;
    this.#setMetadata(made, state);
    fs.renameSync(made, target);
  }

  /** Only what differs, so that one change of the origin is one change here. */
  #setMetadata(target: string, state: CarriedState): void {
    const now = fs.lstatSync(target);
    const isOwned = now.uid === state.uid && now.gid === state.gid;
    if (this.#isSuperuser && !isOwned) fs.lchownSync(target, state.uid, state.gid);
    if (state.kind === "link") return;
    if ((now.mode & 0o7777) !== state.mode) fs.chmodSync(target, state.mode);
    if (state.kind !== "file") return;
    const mtimeMs = Number(state.mtimeNs) / 1e6;
    const microsecondMs = 0.001;
    if (Math.abs(now.mtimeMs - mtimeMs) > microsecondMs) fs.utimesSync(target, now.atimeMs / 1000, mtimeMs / 1000);
  }

  #note(name: string): void {
    this.#fingerprints.set(name, fingerprint(this.#at(name)));
  }
}

function versionOf(state: CarriedState): string {
  return state.kind === "file" ? `${state.mtimeNs}/${state.content.length}` : state.kind;
}

/** In place, since whoever holds the file open must see it; the end last, so that no reader finds the file empty. */
function overwrite(target: string, content: Buffer): void {
  const descriptor = fs.openSync(target, "r+");
  try {
    fs.writeSync(descriptor, content, 0, content.length, 0);
    fs.ftruncateSync(descriptor, content.length);
  } finally {
    fs.closeSync(descriptor);
  }
}
