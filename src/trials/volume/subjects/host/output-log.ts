/** Characters kept of the beginning, and as many of the end. */
const KEPT_CHARACTERS = 2 ** 20;

/** What a program prints: the beginning and the end of it when it is much. */
export class OutputLog {
  #head = "";
  #tail = "";
  #leftOut = 0;

  add(text: string): void {
    const room = KEPT_CHARACTERS - this.#head.length;
    this.#head += text.slice(0, room);
    const tail = this.#tail + text.slice(room);
    // Cut seldom: each cut copies what stays.
    const surplus = tail.length > 2 * KEPT_CHARACTERS ? tail.length - KEPT_CHARACTERS : 0;
    this.#tail = tail.slice(surplus);
    this.#leftOut += surplus;
  }

  /** All of it, with a line that says how much is missing in the middle. */
  text(): string {
    const gap = this.#leftOut > 0 ? `\n[${this.#leftOut} characters left out]\n` : "";
    return `${this.#head}${gap}${this.#tail}`;
  }

  /** The last lines, for an error's text. */
  lastWords(): string {
    return this.text().trimEnd().split("\n").slice(-15).join("\n").slice(-2000);
  }
}
