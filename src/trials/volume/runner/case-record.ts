import type { CaseResult, Timing } from "../model.ts";
import { CheckList } from "./check-list.ts";
import { ExchangeList } from "./exchange-list.ts";

/** What comes of one case, while it comes. */
export class CaseRecord {
  readonly exchanges = new ExchangeList();
  readonly checks = new CheckList(this.exchanges);
  readonly #observations = new Set<string>();
  readonly #timings: Timing[] = [];
  #skipped: string | undefined;
  #broke: string | undefined;

  observe(what: string): void {
    this.#observations.add(what);
  }

  timed(timing: Timing): void {
    this.#timings.push(timing);
  }

  skip(why: string): void {
    this.#skipped = why;
  }

  broke(why: string): void {
    this.#broke = why;
  }

  /** As it goes into the history. */
  finish(): CaseResult {
    return {
      checks: this.checks.finish(),
      exchanges: this.exchanges.kept(),
      exchangeCount: this.exchanges.count,
      timings: this.#timings,
      observations: [...this.#observations],
      ...(this.#skipped === undefined ? {} : { skipped: this.#skipped }),
      ...(this.#broke === undefined ? {} : { broke: this.#broke }),
    };
  }
}
