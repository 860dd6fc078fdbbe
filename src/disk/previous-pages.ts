import { PAGE_BYTES } from "../core/disk.ts";

/** 64 MiB. The memory is taken as it is used. */
const KEPT_PAGES = 16_384;

/** What pages held before they were last written, for those 16,384 whose last writes are the latest; older ones are forgotten. */
export class PreviousPages {
  readonly #arena = Buffer.from(new ArrayBuffer(KEPT_PAGES * PAGE_BYTES));
  readonly #slotOfPage = new Map<number, number>();
  readonly #pageOfSlot: (number | undefined)[] = [];
  #next = 0;

  /** A copy of what the page held. */
  get(page: number): Buffer | undefined {
    const slot = this.#slotOfPage.get(page);
    return slot === undefined ? undefined : Buffer.from(this.#slot(slot));
  }

  /** Remembers what `fill` puts into the 4 KiB that it is given. */
  keep(page: number, fill: (into: Buffer) => void): void {
    this.forget(page);
    const slot = this.#next;
    this.#next = (slot + 1) % KEPT_PAGES;
    const evicted = this.#pageOfSlot[slot];
    if (evicted !== undefined) this.#slotOfPage.delete(evicted);
    fill(this.#slot(slot));
    this.#slotOfPage.set(page, slot);
    this.#pageOfSlot[slot] = page;
  }

  forget(page: number): void {
    const slot = this.#slotOfPage.get(page);
    if (slot === undefined) return;
    this.#slotOfPage.delete(page);
    this.#pageOfSlot[slot] = undefined;
  }

  #slot(slot: number): Buffer {
    return this.#arena.subarray(slot * PAGE_BYTES, (slot + 1) * PAGE_BYTES);
  }
}
