import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** One value that was seen, from the look that first showed it. CLOCK_MONOTONIC. */
export interface Sight {
  value: unknown;
  atNs: bigint;
  seenNs: bigint;
}

export interface Act {
  value?: unknown;
  code?: string;
  startedNs: bigint;
  endedNs: bigint;
}

export interface WatchedEvent {
  kind: string;
  name: string;
  atNs: bigint;
}

export type LookKind = "exists" | "size" | "mode" | "links" | "mtimeNs" | "text" | "target" | "list" | "held";

/** Another process that acts and looks for a test. */
export class Party {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #nextId = 0;
  #onReady: () => void = () => undefined;

  constructor() {
    this.#child = fork(fileURLToPath(new URL("party.mjs", import.meta.url)), {
      execArgv: [],
      serialization: "advanced",
    });
    this.#child.on("message", ({ id, value }: { id: number; value: unknown }) => {
      if (id < 0) return this.#onReady();
      this.#waiting.get(id)?.(value);
      this.#waiting.delete(id);
    });
  }

  act(call: string, ...args: unknown[]): Promise<Act> {
    return this.#ask("act", { call, args }) as Promise<Act>;
  }

  look(kind: LookKind, path: string): Promise<unknown> {
    return this.#ask("look", { kind, path });
  }

  /** Looks without a pause until `until` is seen. */
  observe(kind: LookKind, path: string, until: unknown, budgetMs = 3000): Promise<Sight[]> {
    return this.#ask("observe", { kind, path, until, budgetMs }) as Promise<Sight[]>;
  }

  /** Looks every millisecond for a time. */
  async observeFor(kind: LookKind, path: string, forMs: number): Promise<Sight[]> {
    return (await this.beginObserving(kind, path, forMs)).sights;
  }

  /** Resolves after the first look; the promise inside with all that was seen until `until` or the budget's end. */
  async beginObserving(
    kind: LookKind,
    path: string,
    budgetMs: number,
    until?: unknown,
  ): Promise<{ sights: Promise<Sight[]> }> {
    const end = await this.#begin<Sight[]>("observe", { kind, path, budgetMs, until, everyMs: 1 });
    return { sights: end() };
  }

  /** Resolves when watching has begun; the promise inside with what was told by its end. */
  async watch(path: string, forMs: number): Promise<{ events: Promise<WatchedEvent[]> }> {
    const end = await this.#begin<WatchedEvent[]>("watch", { path, forMs });
    return { events: end() };
  }

  leave(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** A function, since a promise of a promise would wait for both. */
  async #begin<T>(duty: string, what: object): Promise<() => Promise<T>> {
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    const end = this.#ask(duty, what) as Promise<T>;
    await ready;
    return () => end;
  }

  #ask(duty: string, what: object): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, duty, ...what });
    });
  }
}

/** Milliseconds from one instant to another. */
export const msBetween = (fromNs: bigint, toNs: bigint): number => Number(toNs - fromNs) / 1e6;

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
