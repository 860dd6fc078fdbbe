import { createInterface } from "node:readline";
import { messageOf } from "../../../core/errors.ts";
import { type CephLibrary, loadCephLibrary, type OrderOutcome } from "./library.ts";
import type { Order } from "./orders.ts";
import type { CephfsSettings } from "./settings.ts";

/** An order with a number. */
export interface NumberedOrder extends Order {
  id: number;
}

/**
 * What the process says, one JSON object a line. unable: Ceph's libraries cannot be used here; lost: the cluster cannot be
 * reached. It ends after either.
 */
export type OrderProcessAnswer = { unable: string } | { lost: string } | ({ id: number } & OrderOutcome);

/** Gives orders through Ceph's libraries until its input ends. A process of its own, as a call that hangs cannot be ended. */
export async function serveOrders(
  { koffiPath, settings }: { koffiPath: string | undefined; settings: CephfsSettings },
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<void> {
  const say = (answer: OrderProcessAnswer) => void output.write(`${JSON.stringify(answer)}\n`);
  const library = loaded(koffiPath, settings);
  if ("unable" in library) return say(library);
  const failure = await library.connect().then(() => undefined, messageOf);
  if (failure !== undefined) return say({ lost: failure });
  for await (const line of createInterface({ input })) {
    const { id, ...order } = JSON.parse(line) as NumberedOrder;
    give(library, order).then(
      (outcome) => say({ id, ...outcome }),
      (error: unknown) => say({ lost: messageOf(error) }),
    );
  }
}

function loaded(koffiPath: string | undefined, settings: CephfsSettings): CephLibrary | { unable: string } {
  if (koffiPath === undefined) return { unable: "the foreign function module is not installed" };
  try {
    return loadCephLibrary(koffiPath, settings);
  } catch (error) {
    return { unable: messageOf(error) };
  }
}

function give(library: CephLibrary, { prefix, arguments: given, server }: Order): Promise<OrderOutcome> {
  const text = JSON.stringify({ prefix, ...given, format: "json" });
  return server === undefined ? library.manager(text) : library.metadataServer(server, text);
}
