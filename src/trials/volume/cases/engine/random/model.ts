import type { EngineContainer } from "../../../subject.ts";
import type { Presence } from "../../restart/random/model.ts";

/** A container that writes marks into a file of its own, through a descriptor that it keeps. */
export interface Writer {
  /** Tells its file from all others. */
  readonly number: number;
  readonly volume: KeptVolume;
  readonly container: EngineContainer;
  isRunning: boolean;
  /** What served its mount was killed under it: it may write no more until it is started again. */
  isCutOff: boolean;
}

/** A volume as an engine and a driver must have it, whatever was killed. */
export class KeptVolume {
  readonly name: string;
  presence: Presence = "no";
  /** A call that was cut short may have left a reference that nobody knows of any more. */
  isDoubtful = false;
  /** The engine's, also those that have ended: it removes no volume that one of them has. */
  readonly writers = new Set<Writer>();
  /** The last mark that is known to be synced, by the number of its writer, since the volume was made. */
  readonly synced = new Map<number, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** Whether a container that runs has it. */
  get isHeld(): boolean {
    return [...this.writers].some(({ isRunning }) => isRunning);
  }

  /** Whether a driver must let go of it: `maybe` where a call that was cut short decides. */
  get isRemovable(): Presence {
    if (this.presence === "no" || this.writers.size > 0) return "no";
    return this.presence === "yes" && !this.isDoubtful ? "yes" : "maybe";
  }

  /** It has gone: a new one of its name begins with nothing. */
  removed(): void {
    this.presence = "no";
    this.isDoubtful = false;
    this.synced.clear();
  }
}
