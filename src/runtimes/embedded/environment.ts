import type { Container, Controls, Environment } from "../../core/runtime.ts";
import type { ContainerSwitch, EnvironmentDisks } from "../disks.ts";
import type { EmbeddedContainer } from "./container.ts";

/** The containers of one trial on this machine. */
export class EmbeddedEnvironment implements Environment {
  readonly name: string;
  readonly controls: Partial<Controls>;
  readonly #containers: ReadonlyMap<string, EmbeddedContainer>;
  readonly #disks: EnvironmentDisks;

  constructor(name: string, containers: readonly EmbeddedContainer[], disks: EnvironmentDisks, offersDisks: boolean) {
    this.name = name;
    this.#containers = new Map(containers.map((container) => [container.name, container]));
    this.#disks = disks;
    const bare: ContainerSwitch = {
      kill: async (container) => this.#find(container).kill(),
      start: async (container) => this.#find(container).start(),
    };
    this.controls = {
      process: {
        ...disks.guard(bare),
        pause: async (container) => this.#find(container).pause(),
        resume: async (container) => this.#find(container).resume(),
      },
      ...(offersDisks ? { disk: disks.control(bare) } : {}),
    };
  }

  container(name: string): Container {
    return this.#find(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await endAll([...this.#containers.values()]);
    } finally {
      await this.#disks[Symbol.asyncDispose]();
    }
  }

  #find(name: string): EmbeddedContainer {
    const found = this.#containers.get(name);
    if (!found) throw new RangeError(`environment "${this.name}" has no container "${name}"`);
    return found;
  }
}

/** Ends all, also when one cannot be ended; then throws that one's error. */
export async function endAll(containers: readonly EmbeddedContainer[]): Promise<void> {
  const ends = await Promise.allSettled(containers.map((container) => container.end()));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
