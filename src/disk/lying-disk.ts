import {
  type DiskDamage,
  type DiskHit,
  type DiskRule,
  type DiskStatistics,
  PAGE_BYTES,
  type PowerCut,
} from "../core/disk.ts";
import { Refusal } from "../fuse/errors.ts";
import { planDamage } from "./damage.ts";
import { flipped } from "./distortions.ts";
import { HitList, hitOn } from "./hits.ts";
import type { Medium } from "./medium.ts";
import { PageStore } from "./page-store.ts";
import { RuleBook } from "./rule-book.ts";
import { type Act, carryOut, chooseAct, type PageWrite, refusalOf } from "./write-rules.ts";

/** What became of a flush. */
export type FlushOutcome = "done" | "lied" | "refused";

/** Who writes down what happens to a disk. Offsets and bytes are those that arrived, not those that were asked for. */
export interface DiskJournal {
  write(offset: number, bytes: Buffer): void;
  /** Straight to the medium. */
  damage(offset: number, bytes: Buffer): void;
  flush(outcome: FlushOutcome): void;
  cut(): void;
  powerOn(): void;
}

/** A request, as far as rules for all of them look at it. */
export type DiskRequest =
  | { on: "read"; offset: number; lengthBytes: number }
  | { on: "write"; offset: number; data: Buffer }
  | { on: "flush" };

const NO_BYTES = Buffer.alloc(0);
const SILENT: DiskJournal = { write() {}, damage() {}, flush() {}, cut() {}, powerOn() {} };

/**
 * A disk with a volatile write cache, rules by which it misbehaves, and a power switch; it has power at first. Requests
 * are refused by throwing a `Refusal`.
 */
export class LyingDisk {
  readonly #store: PageStore;
  readonly #journal: DiskJournal;
  readonly #hits = new HitList();
  readonly #counted = { reads: 0, writes: 0, flushes: 0, readBytes: 0, writtenBytes: 0, cuts: 0 };
  #rules = new RuleBook([]);
  #hasPower = true;

  constructor(medium: Medium, journal: DiskJournal = SILENT) {
    this.#store = new PageStore(medium);
    this.#journal = journal;
  }

  get sizeBytes(): number {
    return this.#store.sizeBytes;
  }

  get hasPower(): boolean {
    return this.#hasPower;
  }

  /** In place of the rules there were. One that was there before goes on counting. */
  setRules(rules: readonly DiskRule[]): void {
    this.#rules = new RuleBook(rules, this.#rules);
  }

  /** How long the rules let this request wait. Counts as a turn: to be asked once a request. */
  delayMs(request: DiskRequest): number {
    if (this.#rules.any.length === 0) return 0;
    const pages = this.#pagesOf(request);
    const takes = this.#rules.any.find((rule) => rule.takeTurn(pages.find((page) => rule.matches(page)) ?? NO_BYTES));
    return takes?.rule.delayMs ?? 0;
  }

  read(offset: number, lengthBytes: number): Buffer {
    this.#requirePower();
    this.#counted.reads++;
    this.#counted.readBytes += lengthBytes;
    if (this.#rules.read.length === 0) return this.#store.read(offset, lengthBytes);
    const first = Math.floor(offset / PAGE_BYTES);
    const count = Math.ceil((offset + lengthBytes) / PAGE_BYTES) - first;
    const pages = Array.from({ length: count }, (_, i) => this.#readPage(first + i));
    return Buffer.concat(pages).subarray(offset % PAGE_BYTES, (offset % PAGE_BYTES) + lengthBytes);
  }

  /** Keeps parts of `data` without copying them: it must not change afterwards. */
  write(offset: number, data: Buffer): void {
    this.#requirePower();
    this.#counted.writes++;
    this.#counted.writtenBytes += data.length;
    const writes = this.#split(offset, data);
    if (this.#rules.write.length > 0) return this.#writeByRules(writes);
    for (const { page, meant } of writes) this.#store.put(page, meant);
    this.#journal.write(offset, data);
  }

  flush(): void {
    this.#requirePower();
    this.#counted.flushes++;
    const taken = this.#rules.flush.find((rule) => rule.takeTurn(NO_BYTES))?.rule;
    if (taken) this.#hits.add({ what: `flush ${taken.action}`, offset: 0, head: "" });
    if (taken?.action === "lie") this.#store.pretendFlush();
    else if (!taken) this.#store.flush();
    this.#journal.flush(taken ? (taken.action === "lie" ? "lied" : "refused") : "done");
    if (taken?.action === "error") throw new Refusal("EIO");
  }

  /** Forgets what was not flushed; everything is refused until the power is back. */
  cutPower(): PowerCut {
    if (!this.#hasPower) return { lostPages: 0, lostAcknowledgedPages: 0 };
    this.#hasPower = false;
    this.#counted.cuts++;
    this.#journal.cut();
    return this.#store.cut();
  }

  powerOn(): void {
    if (this.#hasPower) return;
    this.#hasPower = true;
    this.#journal.powerOn();
  }

  /** Works without power too. */
  damage(damage: DiskDamage): DiskHit[] {
    const changes = planDamage(this.#store, damage);
    for (const { page, bytes, hit } of changes) {
      this.#store.overwriteMedium(page, bytes);
      this.#journal.damage(page * PAGE_BYTES, bytes);
      this.#hits.add(hit);
    }
    return changes.map(({ hit }) => hit);
  }

  statistics(): DiskStatistics {
    const { count, first } = this.#hits;
    return { ...this.#counted, cachedPages: this.#store.volatilePages, hitCount: count, hits: [...first] };
  }

  #requirePower(): void {
    if (!this.#hasPower) throw new Refusal("EIO");
  }

  #pagesOf(request: DiskRequest): Buffer[] {
    if (request.on === "flush") return [];
    if (request.on === "write") return this.#split(request.offset, request.data).map(({ meant }) => meant);
    const first = Math.floor(request.offset / PAGE_BYTES);
    const count = Math.ceil((request.offset + request.lengthBytes) / PAGE_BYTES) - first;
    return Array.from({ length: count }, (_, i) => this.#store.page(first + i));
  }

  /** Pages that are written in part are completed with what they hold. */
  #split(offset: number, data: Buffer): PageWrite[] {
    const writes: PageWrite[] = [];
    for (let from = 0; from < data.length; ) {
      const page = Math.floor((offset + from) / PAGE_BYTES);
      const within = offset + from - page * PAGE_BYTES;
      const part = data.subarray(from, from + PAGE_BYTES - within);
      writes.push({ page, meant: part.length === PAGE_BYTES ? part : this.#completed(page, within, part) });
      from += part.length;
    }
    return writes;
  }

  #completed(page: number, within: number, part: Buffer): Buffer {
    const whole = Buffer.from(this.#store.page(page));
    part.copy(whole, within);
    return whole;
  }

  /** A refusal refuses all of the request, and nothing of it arrives. */
  #writeByRules(writes: readonly PageWrite[]): void {
    const chosen = writes.map((write) => chooseAct(this.#rules.write, write, this.#store) ?? write);
    const acts = chosen.filter((write): write is Act => "rule" in write);
    for (const act of acts) {
      const refusal = refusalOf(act);
      if (!refusal) continue;
      this.#hits.add(hitOn(`write ${act.rule.action}`, act.page, act.meant));
      throw new Refusal(refusal);
    }
    for (const write of chosen) this.#arrive(write);
  }

  #arrive(write: PageWrite | Act): void {
    const outcome = "rule" in write ? carryOut(write, this.#store, this.#hits.count) : { puts: [write], hits: [] };
    for (const hit of outcome.hits) this.#hits.add(hit);
    for (const { page, meant } of outcome.puts) {
      this.#store.put(page, meant);
      this.#journal.write(page * PAGE_BYTES, meant);
    }
  }

  #readPage(page: number): Buffer {
    const now = this.#store.page(page);
    const isAble = (action: string) => action !== "stale" || this.#store.previous(page) !== undefined;
    const taken = this.#rules.read.find((rule) => rule.takeTurn(now, page, () => isAble(rule.rule.action)))?.rule;
    if (!taken) return now;
    this.#hits.add(hitOn(`read ${taken.action}`, page, now));
    if (taken.action === "error") throw new Refusal("EIO");
    return taken.action === "flip" ? flipped(now, taken.bits, `flip ${page}`) : (this.#store.previous(page) ?? now);
  }
}
