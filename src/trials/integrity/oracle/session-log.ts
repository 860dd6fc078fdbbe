import type { HistoryEvent } from "../../../core/history.ts";
import type { IntegrityOp, Promised, Session, Settled, WorkerProgress, Workload, WriteOp } from "../model.ts";
import { foldPromised } from "./oracle.ts";

/** Notes in the history that the oracle is made of. */
export const SESSION_NOTES = {
  /** `SessionBegan`. */
  began: "integrity.session",
  /** `SyncSucceeded`. */
  synced: "integrity.synced",
} as const;

/** A writer has started. */
export interface SessionBegan {
  epoch: number;
  container: string;
}

/** A worker's sync has succeeded; steps below `synced` were done when it was submitted. */
export interface SyncSucceeded {
  epoch: number;
  worker: number;
  synced: number;
}

/**
 * What the storage has promised so far, outside the failure domain: a fold over what was handed out and what was
 * acknowledged. The lab keeps it while it runs, a judge builds the same from the history.
 */
export class SessionLog {
  readonly #workload: Workload;
  readonly #sessions: Session[] = [];

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  /** All sessions as an agent needs them; a copy that later events do not change. */
  promised(): Promised {
    return { workload: this.#workload, sessions: structuredClone(this.#sessions) };
  }

  get epoch(): number {
    return this.#sessions.length;
  }

  /** The step that a worker begins with next. */
  nextStep(worker: number): number {
    return this.#progress(worker)?.issued ?? 0;
  }

  /** Whether anything was promised at all: a sync after writes that all failed promises nothing. */
  get hasPromises(): boolean {
    return foldPromised({ workload: this.#workload, sessions: this.#sessions }).promisedSteps > 0;
  }

  /** A new writer: its steps go on where those of the one before ended, in whatever state. */
  begin(): void {
    const before = this.#sessions.at(-1);
    const workers = Array.from({ length: this.#workload.workers }, (_, worker): WorkerProgress => {
      const issued = before?.workers[worker]?.issued ?? 0;
      return { issued, synced: issued, doomed: [] };
    });
    this.#sessions.push({ epoch: this.#sessions.length + 1, workers, settled: [] });
  }

  /** Steps are handed out: from now on their effects may be there. */
  issue({ worker, to }: Pick<WriteOp, "worker" | "to">): void {
    const progress = this.#progress(worker);
    if (progress) progress.issued = Math.max(progress.issued, to);
  }

  /** A sync has succeeded. */
  sync({ worker, synced }: Omit<SyncSucceeded, "epoch">): void {
    const progress = this.#progress(worker);
    if (progress) progress.synced = Math.max(progress.synced, Math.min(synced, progress.issued));
  }

  /** A stretch of writing has ended and said how far it got. */
  end({ worker, from, to, result }: WriteOp): void {
    const progress = this.#progress(worker);
    if (!progress || !result) return;
    // Steps that were handed out and not begun never happened; the next stretch begins with them.
    if (progress.issued === to && result.reached < to) progress.issued = Math.max(from, result.reached);
    progress.doomed.push(...result.doomed);
    progress.synced = Math.max(progress.synced, Math.min(result.synced, progress.issued));
  }

  /** A verification found which of several right answers is there, and that it is durable. */
  settle(settled: readonly Settled[]): void {
    this.#sessions.at(-1)?.settled.push(...settled);
  }

  /** One event of the history. */
  see(event: HistoryEvent<IntegrityOp>): void {
    if (event.kind === "note") this.#seeNote(event.note, event.data);
    if (!("op" in event)) return;
    const { op } = event;
    if (op.type === "write") {
      if (event.kind === "invoke") this.issue(op);
      else if (event.kind === "ok") this.end(op);
    }
    if (op.type === "verify" && event.kind === "ok") this.settle(op.result?.settled ?? []);
  }

  #seeNote(note: string, data: unknown): void {
    if (note === SESSION_NOTES.began) this.begin();
    if (note === SESSION_NOTES.synced) this.sync(data as SyncSucceeded);
  }

  #progress(worker: number): WorkerProgress | undefined {
    return this.#sessions.at(-1)?.workers[worker];
  }
}
