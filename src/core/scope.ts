import { messageOf } from "./errors.ts";

/** One thing to undo, named so that a failure to undo it can be told to a person. */
interface Undo {
  what: string;
  undo: (signal: AbortSignal) => Promise<void> | void;
}

/** What a clean-up could not undo. */
export interface CleanupProblem {
  what: string;
  error: string;
}

/**
 * Undo registered before do, run in reverse, going on after an error. The budget is the clean-up's own:
 * the deadline that ended the work never shortens it.
 */
export class Scope {
  readonly #undos: Undo[] = [];
  readonly #budgetMs: number;
  #running: Undo | undefined;

  constructor(budgetMs = 30_000) {
    this.#budgetMs = budgetMs;
  }

  /** Registers an undo. Returns a function that forgets it, for what has been undone by other means. */
  defer(what: string, undo: Undo["undo"]): () => void {
    const entry = { what, undo };
    this.#undos.push(entry);
    return () => {
      const at = this.#undos.indexOf(entry);
      if (at >= 0) this.#undos.splice(at, 1);
    };
  }

  /** What is not undone yet, in the order in which it will be: what a lab that ends now would leave behind. */
  pending(): string[] {
    return [...this.#undos, ...(this.#running ? [this.#running] : [])].reverse().map(({ what }) => what);
  }

  /** Runs every undo, last first; returns all that went wrong. A second call finds nothing left to do. */
  async close(): Promise<CleanupProblem[]> {
    const problems: CleanupProblem[] = [];
    const { deadline, clear } = startDeadline(this.#budgetMs);
    for (let entry = this.#undos.pop(); entry; entry = this.#undos.pop()) {
      this.#running = entry;
      try {
        await withDeadline(entry.undo(deadline), deadline);
      } catch (error) {
        problems.push({ what: entry.what, error: messageOf(error) });
      }
    }
    this.#running = undefined;
    clear();
    return problems;
  }
}

/** Unlike `AbortSignal.timeout` it keeps the process alive: a clean-up must not end with the event loop. */
function startDeadline(budgetMs: number): { deadline: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), budgetMs);
  return { deadline: controller.signal, clear: () => clearTimeout(timer) };
}

function withDeadline(work: Promise<void> | void, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error("the clean-up budget is used up"));
    if (deadline.aborted) late();
    deadline.addEventListener("abort", late, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => deadline.removeEventListener("abort", late));
  });
}
