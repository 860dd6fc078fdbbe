/**
 * The work's result, or the signal's reason as soon as it is aborted: the client library takes a signal only in some
 * places. `discard` gets a result that came too late.
 */
export function orAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  discard: (late: Result) => void = () => {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    work
      .then((result) => {
        if (signal.aborted) discard(result);
        resolve(result);
      }, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
