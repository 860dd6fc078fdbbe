import fs from "node:fs";
import path from "node:path";
import { TreeWatcher } from "../tree-watcher.ts";
import type { DelayLine } from "./delay-line.ts";
import { type CarriedState, captureState, isCarried } from "./file-state.ts";
import type { Replica } from "./replica.ts";

/** What one direction of a mirror is made of: `origin` is looked at, `replica` is written. */
export interface OneWayOptions {
  origin: string;
  replica: Replica;
  line: DelayLine;
  /** Whether what the origin has at a name was put there by the other direction. */
  isEcho(name: string): boolean;
}

type Put = (act: () => void) => void;

/** Carries changes from one directory to another. Each is read when it happens and written when the line lets it out. */
export class OneWayMirror {
  readonly #options: OneWayOptions;
  readonly #watcher: TreeWatcher;
  /** Where each file of the origin was last seen: one that turns up elsewhere while this place is empty was moved. */
  readonly #places = new Map<string, string>();
  /** Removals that wait in the line; one that turns out to be half of a move is taken back. */
  readonly #removals = new Map<string, { revoked: boolean }>();

  constructor(options: OneWayOptions) {
    this.#options = options;
    this.#watcher = new TreeWatcher(options.origin, (changed) => this.#see(path.relative(options.origin, changed)));
  }

  close(): void {
    this.#watcher.close();
  }

  /** Carries everything that is there over at once. */
  copyAll(): void {
    const { origin } = this.#options;
    for (const name of fs.readdirSync(origin, { recursive: true, encoding: "utf8" }).toSorted()) {
      const state = captureState(path.join(origin, name));
      if (isCarried(state)) this.#carry(name, state, (act) => act());
    }
  }

  #see(name: string): void {
    const state = captureState(path.join(this.#options.origin, name));
    if (this.#options.isEcho(name)) {
      this.#options.replica.learn(name, state);
      if (isCarried(state)) this.#places.set(state.identity, name);
      return;
    }
    const put: Put = (act) => this.#options.line.put(act);
    if (isCarried(state)) this.#carry(name, state, put);
    else if (state.kind === "missing") this.#remove(name, put);
  }

  #remove(name: string, put: Put): void {
    const removal = { revoked: false };
    this.#removals.set(name, removal);
    put(() => {
      if (!removal.revoked) this.#options.replica.remove(name);
    });
  }

  #carry(name: string, state: CarriedState, put: Put): void {
    const { origin, replica } = this.#options;
    const before = this.#places.get(state.identity);
    this.#places.set(state.identity, name);
    if (before === undefined || before === name) return put(() => replica.write(name, state));
    if (fs.existsSync(path.join(origin, before))) return put(() => replica.link(before, name, state));
    const removal = this.#removals.get(before);
    if (removal) removal.revoked = true;
    if (state.kind === "directory") this.#moveBelow(before, name);
    put(() => replica.move(before, name, state));
  }

  #moveBelow(from: string, to: string): void {
    for (const [identity, place] of this.#places) {
      if (place.startsWith(`${from}/`)) this.#places.set(identity, to + place.slice(from.length));
    }
  }
}
