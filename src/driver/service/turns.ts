/** One at a time under each name, in the order of asking. Work that fails keeps nobody else out. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(work);
    const done = mine.then(ignore, ignore);
    this.#last.set(name, done);
    void done.then(() => {
      if (this.#last.get(name) === done) this.#last.delete(name);
    });
    return mine;
  }

  /** How many names are taken. */
  get size(): number {
    return this.#last.size;
  }
}

function ignore(): void {}

/** So many at a time, in the order of asking. */
export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Does some work in a place of its own. One that hangs gives its place away after `holdMs`: what is broken for some
   * volumes must not keep the others out.
   */
  async during<Result>(holdMs: number, work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const leave = this.#leaveOnce();
    const late = setTimeout(leave, holdMs);
    try {
      return await work();
    } finally {
      clearTimeout(late);
      leave();
    }
  }

  #leaveOnce(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }
}
