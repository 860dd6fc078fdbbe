import type { Container, Controls, Environment } from "../../core/runtime.ts";
import type { EmbeddedContainer } from "./container.ts";

/** The containers of one trial on this machine. */
export class EmbeddedEnvironment implements Environment {
  readonly name: string;
  readonly controls: Partial<Controls>;
  readonly #containers: ReadonlyMap<string, EmbeddedContainer>;

  constructor(name: string, containers: readonly EmbeddedContainer[]) {
    this.name = name;
    this.#containers = new Map(containers.map((container) => [container.name, container]));
    this.controls = {
      process: {
        kill: async (container) => this.#find(container).kill(),
        start: async (container) => this.#find(container).start(),
        pause: async (container) => this.#find(container).pause(),
        resume: async (container) => this.#find(container).resume(),
      },
    };
  }

  container(name: string): Container {
    return this.#find(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endAll([...this.#containers.values()]);
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
