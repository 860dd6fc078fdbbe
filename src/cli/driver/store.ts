import { EXIT, type ExitCode } from "../../core/errors.ts";
import { serveVolumeStore } from "../../driver/backends/directory/worker.ts";
import type { Surroundings } from "../surroundings.ts";
import type { DriverStoreFlags } from "./flags.ts";

/** `seatrial driver store`: the process of a driver that touches the file system of its volumes. */
export function driverStore({ root, remember }: DriverStoreFlags): (surroundings: Surroundings) => Promise<ExitCode> {
  return async ({ stdin, stdout, onSignal }) => {
    // Whoever ends a group of processes ends the driver, and the driver this one.
    const stopListening = onSignal(() => undefined);
    await serveVolumeStore({ root, rememberedFile: remember }, stdin(), stdout.stream);
    stopListening();
    return EXIT.pass;
  };
}
