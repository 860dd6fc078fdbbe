import { EXIT, type ExitCode } from "../../core/errors.ts";
import { serveOrders } from "../../driver/backends/cephfs/serve-orders.ts";
import { cephfsSettings } from "../../driver/backends/cephfs/settings.ts";
import { findNative } from "../../subjects/program.ts";
import type { Surroundings } from "../surroundings.ts";
import type { DriverOrdersFlags } from "./flags.ts";

/** `seatrial driver orders`: the process of a driver that has a connection to a Ceph cluster. */
export function driverOrders(flags: DriverOrdersFlags): (surroundings: Surroundings) => Promise<ExitCode> {
  return async ({ stdin, stdout, onSignal }) => {
    // Whoever ends a group of processes ends the driver, and the driver this one.
    const stopListening = onSignal(() => undefined);
    const settings = cephfsSettings.parse(JSON.parse(flags.settings));
    await serveOrders({ koffiPath: findNative(), settings }, stdin(), stdout.stream);
    stopListening();
    return EXIT.pass;
  };
}
