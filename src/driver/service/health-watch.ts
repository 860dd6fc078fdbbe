import type { Log } from "../../core/log.ts";
import type { Health } from "../back-end.ts";
import type { Mounts } from "./mounts.ts";
import { Places } from "./turns.ts";

const EVERY_MS = 60_000;
const AT_ONCE = 4;
const PLACE_MS = 10_000;

/** Looks at each mount from time to time and says when one breaks; a broken one is made anew when it is next mounted. */
export class HealthWatch {
  readonly #mounts: Pick<Mounts, "probe" | "names" | "healthOf">;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(mounts: Pick<Mounts, "probe" | "names" | "healthOf">, log: Log, everyMs = EVERY_MS) {
    this.#mounts = mounts;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), everyMs).unref();
  }

  /** Looks at all of them now, unless that is under way. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const places = new Places(AT_ONCE);
    await Promise.all(this.#mounts.names().map((name) => places.during(PLACE_MS, () => this.#lookAt(name))));
    this.#isLooking = false;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #lookAt(name: string): Promise<void> {
    const before = this.#mounts.healthOf(name);
    const now = await this.#mounts.probe(name);
    if (now !== before) this.#tell(name, before, now);
  }

  #tell(volume: string, before: Health | undefined, health: Health): void {
    if (health === "healthy" && before === undefined) return;
    this.#log(health === "healthy" ? "info" : "warn", "mount-health", { volume, health, before });
  }
}
