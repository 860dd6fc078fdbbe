import type { Clock } from "../../../core/clock.ts";
import type { Random } from "../../../core/random.ts";

/** Names that are told by their case and by the time, so that none was there before; and mount IDs. */
export class Names {
  readonly given: string[] = [];
  readonly #prefix: string;
  readonly #random: Random;

  constructor(caseId: string, clock: Clock, random: Random) {
    this.#prefix = `${caseId.toLowerCase()}-${clock.wallTime().getTime().toString(36)}`;
    this.#random = random.fork("mount-ids");
  }

  /** `m06-mi7x2k1q-0` */
  volume(): string {
    const name = `${this.#prefix}-${this.given.length.toString(36)}`;
    this.given.push(name);
    return name;
  }

  /** 64 hex digits. */
  mountId(): string {
    const word = () =>
      this.#random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return Array.from({ length: 8 }, word).join("");
  }
}
