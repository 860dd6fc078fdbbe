/** What is known of a volume when its back end cannot be asked. */
export interface Known {
  createdAt?: string | undefined;
}

/** All volumes that were ever seen and not seen to be gone. */
export class Catalogue {
  readonly #volumes = new Map<string, Known>();

  get(name: string): Known | undefined {
    return this.#volumes.get(name);
  }

  names(): string[] {
    return [...this.#volumes.keys()].sort();
  }

  learn(name: string, known: Known): void {
    this.#volumes.set(name, { ...this.#volumes.get(name), ...known });
  }

  forget(name: string): void {
    this.#volumes.delete(name);
  }

  /** For the state file. */
  save(): Record<string, Known> {
    return Object.fromEntries(this.#volumes);
  }
}
