import type { Clock } from "../core/clock.ts";

/** Time that stands still while it is held: how long a trial's load has been on. */
export interface LoadTime {
  /** Resolves at `loadMs`, not while held. @throws the signal's reason */
  until(loadMs: number, signal: AbortSignal): Promise<void>;
  /** Time stands still until every hold has been let go. Letting go twice does nothing. */
  hold(): () => void;
}

/** Begins now. */
export function startLoadTime(clock: Clock): LoadTime {
  const begunNs = clock.nowNs();
  let heldNs = 0;
  let heldSinceNs = 0;
  let holds = 0;
  let letGo = gate();
  const passedMs = (): number => (clock.nowNs() - begunNs - heldNs) / 1e6;

  const hold = () => {
    if (holds++ === 0) {
      heldSinceNs = clock.nowNs();
      letGo = gate();
    }
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--holds > 0) return;
      heldNs += clock.nowNs() - heldSinceNs;
      letGo.open();
    };
  };
  const until = async (loadMs: number, signal: AbortSignal) => {
    for (;;) {
      const leftMs = loadMs - passedMs();
      if (holds > 0) await orAborted(letGo.opened, signal);
      else if (leftMs <= 0) return;
      else await clock.sleep(leftMs, signal);
    }
  };
  return { until, hold };
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    void work.then(resolve).finally(() => signal.removeEventListener("abort", abort));
  });
}
