import type { SubjectProcess } from "../../../../subjects/subject-process.ts";
import { messageOf } from "../../../../core/errors.ts";
import { HandsFailed } from "../../subject.ts";
import type { HandsAnswer, HandsCommand } from "../hands/protocol.ts";
import { within } from "./deadline.ts";

const END_GRACE_MS = 1000;

/** One process that touches files for the lab; it is given up once it is late. */
export class HandsProcess {
  readonly #process: SubjectProcess;
  #isLost = false;

  constructor(process: SubjectProcess) {
    this.#process = process;
  }

  /** True once it was late or has ended: nothing more comes of it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** @throws HandsFailed with the system's code, `late` after `limitMs`, or `gone` where the process has ended */
  async ask(command: HandsCommand, limitMs: number): Promise<unknown> {
    const asked = this.#process.tell(command).catch((error: unknown) => {
      this.#isLost = true;
      throw new HandsFailed("gone", messageOf(error));
    });
    const answer = (await within(asked, limitMs, () => this.#giveUp(command, limitMs))) as HandsAnswer;
    if ("refused" in answer) throw new HandsFailed(answer.refused.code, answer.refused.message);
    return answer.value;
  }

  /** Asks it to end, and ends it where it does not. */
  async end(): Promise<void> {
    this.#isLost = true;
    if (!(await this.#process.end(END_GRACE_MS))) await this.#process.kill(END_GRACE_MS);
  }

  #giveUp(command: HandsCommand, limitMs: number): never {
    this.#isLost = true;
    // Nobody waits for it: one that sleeps in the kernel ends when what it waits for does.
    void this.#process.kill(END_GRACE_MS);
    throw new HandsFailed("late", `${worded(command)}: no answer within ${limitMs / 1000} s`);
  }
}

function worded(command: HandsCommand): string {
  if ("path" in command) return `${command.act} ${command.path}`;
  if ("directory" in command) return `${command.act} ${command.directory}`;
  return "words" in command ? command.words.join(" ") : command.act;
}
