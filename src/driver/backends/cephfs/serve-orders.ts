import { createInterface } from "node:readline";
import { messageOf } from "../../../core/errors.ts";
import { type CephLibrary, loadCephLibrary, type OrderOutcome } from "./library.ts";
import type { Order } from "./orders.ts";
import type { CephfsSettings } from "./settings.ts";

/** What the process is told first: whom it asks, and as whom. Keys stay in their files. */
export interface OrderProcessStart {
  settings: CephfsSettings;
}

/** An order with a number. */
export interface NumberedOrder extends Order {
  id: number;
}

/**
 * What the process says, one JSON object a line. unable: Ceph's libraries cannot be used here; lost: the cluster cannot be
 * reached, and the process ends.
 */
export type OrderProcessAnswer = { unable: string } | { lost: string } | ({ id: number } & OrderOutcome);

/** Gives orders through Ceph's libraries until its input ends. A process of its own: calls that hang cannot be ended. */
export async function serveOrders(
  koffiPath: string | undefined,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<void> {
  const say = (answer: OrderProcessAnswer) => void output.write(`${JSON.stringify(answer)}\n`);
  let connected: Promise<CephLibrary> | undefined;
  for await (const line of createInterface({ input })) {
    if (connected) void obey(await connected, JSON.parse(line) as NumberedOrder, say);
    else {
      const { settings } = JSON.parse(line) as OrderProcessStart;
      let library: CephLibrary;
      try {
        if (koffiPath === undefined) throw new Error("the foreign function module is not installed");
        library = loadCephLibrary(koffiPath, settings);
      } catch (error) {
        return say({ unable: messageOf(error) });
      }
      const failure = await library.connect().then(() => undefined, messageOf);
      if (failure !== undefined) return say({ lost: failure });
      connected = Promise.resolve(library);
    }
  }
}
