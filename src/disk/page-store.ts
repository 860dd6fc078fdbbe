import { PAGE_BYTES, type PowerCut } from "../core/disk.ts";
import type { Medium } from "./medium.ts";
import { PreviousPages } from "./previous-pages.ts";

/** A page that a power cut would take. */
interface VolatilePage {
  bytes: Buffer;
  /** A flush has been acknowledged that should have made it durable. */
  acknowledged: boolean;
}

/** How much of the medium is looked through at once. */
const SCAN_PAGES = 256;

/** A medium behind a volatile write cache, page by page; and what each page held before, as far back as is remembered. */
export class PageStore {
  readonly #medium: Medium;
  readonly #volatile = new Map<number, VolatilePage>();
  readonly #previous = new PreviousPages();
  /** One byte a page: never written, once, or more often (0, 1, 2). */
  readonly #writes: Uint8Array;

  constructor(medium: Medium) {
    this.#medium = medium;
    this.#writes = new Uint8Array(Math.ceil(medium.sizeBytes / PAGE_BYTES)).fill(medium.wasBlank ? 0 : 2);
  }

  get sizeBytes(): number {
    return this.#medium.sizeBytes;
  }

  get volatilePages(): number {
    return this.#volatile.size;
  }

  wasWritten(page: number): boolean {
    return (this.#writes[page] ?? 0) > 0;
  }

  isVolatile(page: number): boolean {
    return this.#volatile.has(page);
  }

  /** What a reader sees. Not to be changed: it may be the cache itself. */
  read(offset: number, lengthBytes: number): Buffer {
    const first = Math.floor(offset / PAGE_BYTES);
    const last = Math.floor((offset + lengthBytes - 1) / PAGE_BYTES);
    const only = first === last ? this.#volatile.get(first)?.bytes : undefined;
    if (only) return only.subarray(offset % PAGE_BYTES, (offset % PAGE_BYTES) + lengthBytes);
    const out = Buffer.allocUnsafe(lengthBytes);
    this.#medium.read(offset, out);
    for (let page = first; this.#volatile.size > 0 && page <= last; page++) {
      const at = page * PAGE_BYTES;
      const from = Math.max(offset, at);
      this.#volatile.get(page)?.bytes.copy(out, from - offset, from - at, offset + lengthBytes - at);
    }
    return out;
  }

  /** What a reader sees of one page. Not to be changed. */
  page(page: number): Buffer {
    return this.read(page * PAGE_BYTES, PAGE_BYTES);
  }

  /** What the page held before it was last written; undefined when that is not remembered. */
  previous(page: number): Buffer | undefined {
    return this.#writes[page] === 1 ? Buffer.alloc(PAGE_BYTES) : this.#previous.get(page);
  }

  /** Puts a whole page into the cache, which keeps `bytes` as they are. */
  put(page: number, bytes: Buffer): void {
    const cached = this.#volatile.get(page);
    if (this.wasWritten(page)) this.#previous.keep(page, (into) => this.#readPage(page, cached, into));
    this.#writes[page] = this.wasWritten(page) ? 2 : 1;
    if (cached) cached.bytes = bytes;
    else this.#volatile.set(page, { bytes, acknowledged: false });
  }

  #readPage(page: number, cached: VolatilePage | undefined, into: Buffer): void {
    if (cached) cached.bytes.copy(into);
    else this.#medium.read(page * PAGE_BYTES, into);
  }

  /** Makes durable what is in the cache. */
  flush(): void {
    const pages = [...this.#volatile.keys()].sort((a, b) => a - b);
    for (let first = 0; first < pages.length; ) {
      let after = first + 1;
      while (pages[after] === (pages[first] as number) + after - first) after++;
      const run = pages.slice(first, after);
      const parts = run.map((page) => (this.#volatile.get(page) as VolatilePage).bytes);
      this.#medium.write((run[0] as number) * PAGE_BYTES, parts);
      first = after;
    }
    this.#volatile.clear();
  }

  /** A flush that is acknowledged and not done. */
  pretendFlush(): void {
    for (const page of this.#volatile.values()) page.acknowledged = true;
  }

  /** Forgets what is in the cache. */
  cut(): PowerCut {
    let lostAcknowledgedPages = 0;
    for (const [page, { acknowledged }] of this.#volatile) {
      if (acknowledged) lostAcknowledgedPages++;
      this.#previous.forget(page);
    }
    const lostPages = this.#volatile.size;
    this.#volatile.clear();
    return { lostPages, lostAcknowledgedPages };
  }

  /** Changes what lies on the medium, past the cache. */
  overwriteMedium(page: number, bytes: Buffer): void {
    this.#medium.write(page * PAGE_BYTES, [bytes]);
  }

  /** Durable pages that begin with `prefix`, in order. */
  durablePages(prefix: Buffer): number[] {
    const found: number[] = [];
    const chunk = Buffer.allocUnsafe(SCAN_PAGES * PAGE_BYTES);
    for (let first = 0; first < this.#writes.length; first += SCAN_PAGES) {
      const some = this.#writes.subarray(first, first + SCAN_PAGES);
      if (some.every((writes) => writes === 0)) continue;
      const bytes = chunk.subarray(0, some.length * PAGE_BYTES);
      this.#medium.read(first * PAGE_BYTES, bytes);
      for (let page = first; page < first + some.length; page++) {
        const at = (page - first) * PAGE_BYTES;
        if (!bytes.subarray(at, at + prefix.length).equals(prefix)) continue;
        if (this.wasWritten(page) && !this.#volatile.has(page)) found.push(page);
      }
    }
    return found;
  }
}
