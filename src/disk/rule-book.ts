import { isDeepStrictEqual } from "node:util";
import type { DiskRule } from "../core/disk.ts";

/** A rule of one kind of request. */
export type RuleOn<On extends DiskRule["on"]> = Extract<DiskRule, { on: On }>;

/** A rule, and how far it has come. */
export class RuleInForce<Rule extends DiskRule = DiskRule> {
  readonly rule: Rule;
  /** The page with which a swap waits for a partner. */
  held: number | undefined;
  readonly #prefix: Buffer | undefined;
  #matches = 0;
  #acts = 0;
  /** It was its turn and it could not act: it does so with the next match that it can. */
  #owed = false;
  #latest: number | undefined;
  #beforeLatest: number | undefined;

  constructor(rule: Rule) {
    this.rule = rule;
    this.#prefix = rule.prefix === undefined ? undefined : Buffer.from(rule.prefix, "hex");
  }

  /** The latest page that matched, other than the one that matches now. */
  get placeBefore(): number | undefined {
    return this.#beforeLatest;
  }

  matches(bytes: Buffer): boolean {
    return !this.#prefix || bytes.subarray(0, this.#prefix.length).equals(this.#prefix);
  }

  /**
   * Counts a page (or flush) that matches, and says whether it is the rule's turn to act on it, which it then must.
   * `isAble` is asked last.
   */
  takeTurn(bytes: Buffer, page?: number, isAble: () => boolean = () => true): boolean {
    if (!this.matches(bytes)) return false;
    this.#matches++;
    if (page !== this.#latest) [this.#beforeLatest, this.#latest] = [this.#latest, page];
    if (this.rule.times !== undefined && this.#acts >= this.rule.times) return false;
    this.#owed ||= this.#matches % this.rule.every === 0;
    if (!this.#owed || !isAble()) return false;
    this.#owed = false;
    this.#acts++;
    return true;
  }
}

/** The rules of a disk by the requests they are about, each in its order. */
export class RuleBook {
  readonly read: readonly RuleInForce<RuleOn<"read">>[];
  readonly write: readonly RuleInForce<RuleOn<"write">>[];
  readonly flush: readonly RuleInForce<RuleOn<"flush">>[];
  readonly any: readonly RuleInForce<RuleOn<"any">>[];

  /** A rule that was in the book before goes on counting. */
  constructor(rules: readonly DiskRule[], before?: RuleBook) {
    const about = <On extends DiskRule["on"]>(on: On, known: readonly RuleInForce<RuleOn<On>>[] = []) =>
      rules
        .filter((rule): rule is RuleOn<On> => rule.on === on)
        .map((rule) => known.find((one) => isDeepStrictEqual(one.rule, rule)) ?? new RuleInForce(rule));
    this.read = about("read", before?.read);
    this.write = about("write", before?.write);
    this.flush = about("flush", before?.flush);
    this.any = about("any", before?.any);
  }
}
