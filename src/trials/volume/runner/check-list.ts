import type { Check } from "../model.ts";
import type { ExchangeList } from "./exchange-list.ts";

/** Of checks alike that do not hold, so many are told in full. */
const TOLD_ALIKE = 3;
/** And of all that do not hold so many. */
const TOLD = 40;

/** The checks of one case; those alike are counted, so that 500 rounds are not 500 lines. */
export class CheckList {
  readonly #exchanges: ExchangeList;
  readonly #checks: Check[] = [];
  readonly #alike = new Map<string, Check[]>();
  #failures = 0;

  constructor(exchanges: ExchangeList) {
    this.#exchanges = exchanges;
  }

  add(what: string, holds: boolean, seen: string): void {
    const key = `${holds} ${what}`;
    const alike = this.#alike.get(key) ?? [];
    const [first] = alike;
    if (first && (holds || alike.length >= TOLD_ALIKE || this.#failures >= TOLD)) {
      first.times = (first.times ?? alike.length) + 1;
      return;
    }
    if (!holds) this.#failures++;
    const exchange = holds ? this.#exchanges.newest() : this.#exchanges.pin();
    const check: Check = { what, holds, seen, exchange };
    this.#alike.set(key, [...alike, check]);
    this.#checks.push(check);
  }

  /** Each with the place of its exchange among those that were kept. */
  finish(): Check[] {
    return this.#checks.map((check) => ({ ...check, exchange: this.#exchanges.placeOf(check.exchange) }));
  }
}
