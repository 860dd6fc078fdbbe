import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BackEndFault } from "../../subject.ts";
import { BackEndAway, Refusal } from "./refusal.ts";

const LOOK_AGAIN_MS = 20;

/** Trouble on demand: a file named like a fault makes the back end have it. No driver of yours needs this. */
export class Faults {
  readonly #directory: string | undefined;

  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** @throws BackEndAway */
  whenAsked(): void {
    if (this.#has("away") || this.#has("starting")) throw new BackEndAway();
  }

  /** @throws Refusal */
  whenCreating(): void {
    if (this.#has("create-fails")) throw new Refusal("the back end has no room");
  }

  /** Hangs as a mount of a silent server does: nothing ends it but the server. @throws Refusal */
  async whenMounting(): Promise<void> {
    await this.#passed("mount-hangs");
    if (this.#has("mount-fails")) throw new Refusal("the back end does not let it be mounted");
    if (this.#has("key-refused")) throw new Refusal("the back end does not take the driver's key");
  }

  async whenUnmounting(): Promise<void> {
    await this.#passed("unmount-hangs");
  }

  async #passed(fault: BackEndFault): Promise<void> {
    while (this.#has(fault)) await sleep(LOOK_AGAIN_MS);
  }

  #has(fault: BackEndFault): boolean {
    return this.#directory !== undefined && existsSync(path.join(this.#directory, fault));
  }
}
