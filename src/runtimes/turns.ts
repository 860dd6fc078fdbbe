/** Runs what it is given one after another, in the order in which it came; a failure does not stop the next. */
export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A queue of its own. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}
