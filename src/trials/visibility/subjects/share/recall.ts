import type { Attributes } from "../../../../fuse/replies.ts";
import { type DialBoard, needsMemory } from "./dials.ts";
import { attributesOf, type ShareNode } from "./nodes.ts";
import { Recollection } from "./recollection.ts";

/** Larger files are never torn and never go back to what they were. */
export const REMEMBERED_BYTES = 65_536;

/** One name of a directory and the type of what it names. */
export interface ListedName {
  name: string;
  type: number;
}

/**
 * Answers with the old state where the dials ask for it. It knows only what it has been shown, so a reader that never
 * looked before a change sees the new state. A window begins with the file's own ctime (a gone name's, its directory's
 * mtime for listings), which is exact to 4 ms on kernels before 6.13 and exact after.
 */
export class Recall {
  readonly #board: DialBoard;
  readonly #wallMs: () => number;
  readonly #names = new Map<string, Recollection<ShareNode | undefined>>();
  readonly #attributes = new WeakMap<ShareNode, Recollection<Attributes>>();
  readonly #contents = new WeakMap<ShareNode, Recollection<Buffer>>();
  readonly #listings = new WeakMap<ShareNode, Map<string, ListedName>>();

  constructor(board: DialBoard, wallMs: () => number) {
    this.#board = board;
    this.#wallMs = wallMs;
  }

  /** Which file a name leads to, given which one it does. */
  name(parent: number, name: string, truth: ShareNode | undefined): ShareNode | undefined {
    const { dials } = this.#board;
    if (!needsMemory(dials)) return truth;
    const memory = obtain(this.#names, `${parent}/${name}`, () => new Recollection<ShareNode | undefined>(Object.is));
    const before = memory.see(truth);
    if (!before) return truth;
    if (memory.isNth(dials.revertEvery)) return before.value;
    if (!truth && before.value)
      return this.#isWithin(dials.phantomMs, attributesOf(before.value).ctimeNs) ? before.value : undefined;
    if (truth && before.value && this.#isWithin(dials.replaceGapMs, attributesOf(truth).ctimeNs)) return undefined;
    return truth;
  }

  /** `own` looks count towards going back to the old state; those that come with a name do not. */
  attributes(node: ShareNode, truth: Attributes, own: boolean): Attributes {
    const { dials } = this.#board;
    const limited =
      dials.sizeLimitBytes > 0 ? { ...truth, sizeBytes: Math.min(truth.sizeBytes, dials.sizeLimitBytes) } : truth;
    if (!needsMemory(dials)) return limited;
    const memory = obtain(
      this.#attributes,
      node,
      () => new Recollection<Attributes>((a, b) => a.ctimeNs === b.ctimeNs),
    );
    const before = memory.see(limited, own);
    const shown = { ...limited, linkCount: Math.max(1, limited.linkCount) };
    if (!before) return shown;
    if (own && memory.isNth(dials.revertEvery)) return before.value;
    if (this.#isWithin(dials.staleSizeMs, truth.ctimeNs)) return { ...shown, sizeBytes: before.value.sizeBytes };
    return shown;
  }

  /** The whole content of a small file, given what it is. */
  content(node: ShareNode, truth: Buffer, mtimeNs: bigint): Buffer {
    const { tornReadsMs, tornReadsEvery, revertEvery } = this.#board.dials;
    const memory = obtain(this.#contents, node, () => new Recollection<Buffer>((a, b) => a.equals(b)));
    const before = memory.see(truth);
    if (!before) return truth;
    if (memory.isNth(revertEvery)) return before.value;
    return this.#isWithin(tornReadsMs, mtimeNs) || memory.isNth(tornReadsEvery) ? torn(truth, before.value) : truth;
  }

  /** Which names a directory has, given which ones it does. */
  listing(directory: ShareNode, truth: ListedName[]): ListedName[] {
    const { phantomListingMs } = this.#board.dials;
    if (phantomListingMs === 0) return truth;
    const present = new Map(truth.map((entry) => [entry.name, entry]));
    const before = this.#listings.get(directory) ?? new Map<string, ListedName>();
    const gone = [...before.values()].filter(({ name }) => !present.has(name));
    if (gone.length > 0 && this.#isWithin(phantomListingMs, attributesOf(directory).mtimeNs))
      return [...truth, ...gone];
    this.#listings.set(directory, present);
    return truth;
  }

  /** A change made through the share itself is no secret: its old state is forgotten. */
  forgetFile(node: ShareNode): void {
    this.#attributes.delete(node);
    this.#contents.delete(node);
  }

  forgetName(parent: ShareNode, name: string): void {
    this.#names.delete(`${parent.id}/${name}`);
    this.#listings.get(parent)?.delete(name);
  }

  /** The wall clock has whole milliseconds and can lie before a change that has just been made. */
  #isWithin(windowMs: number, sinceNs: bigint): boolean {
    return windowMs > 0 && this.#wallMs() - Number(sinceNs) / 1e6 < windowMs;
  }
}

/** The new first half and the old second half, as long as the new. */
export function torn(now: Buffer, before: Buffer): Buffer {
  const half = Math.floor(now.length / 2);
  const mixed = Buffer.from(now);
  if (before.length > half) before.copy(mixed, half, half);
  return mixed;
}

function obtain<K, V>(
  memory: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
