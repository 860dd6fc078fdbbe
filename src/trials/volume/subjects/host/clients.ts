import { type ClientOptions, DriverClient } from "../../client.ts";

/** Clients of one driver, which end together. */
export class Clients {
  readonly #options: ClientOptions;
  readonly #open: DriverClient[] = [];

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Another one. */
  make = (): DriverClient => {
    const client = new DriverClient(this.#options);
    this.#open.push(client);
    return client;
  };

  close(): void {
    for (const client of this.#open) client.close();
  }
}
