import { type DiskHit, PAGE_BYTES } from "../core/disk.ts";

const KEPT_HITS = 10_000;
const HEAD_BYTES = 64;

/** What rules and damages have touched: the first 10,000 pages, and how many there were. */
export class HitList {
  readonly first: DiskHit[] = [];
  count = 0;

  add(hit: DiskHit): void {
    this.count++;
    if (this.first.length < KEPT_HITS) this.first.push(hit);
  }
}

/** A page that was touched; `meant` is what its writer wanted there. */
export function hitOn(what: string, page: number, meant: Buffer, otherPage?: number): DiskHit {
  const other = otherPage === undefined ? {} : { otherOffset: otherPage * PAGE_BYTES };
  return { what, offset: page * PAGE_BYTES, ...other, head: meant.toString("hex", 0, HEAD_BYTES) };
}
