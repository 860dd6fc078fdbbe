import { createSystemClock } from "../../core/clock.ts";
import { EXIT, type ExitCode, messageOf } from "../../core/errors.ts";
import { createLog } from "../../core/log.ts";
import type { BackEnd } from "../../driver/back-end.ts";
import { startDriver } from "../../driver/driver.ts";
import { cliError } from "../errors.ts";
import { listenForInterrupts } from "../interrupts.ts";
import type { Surroundings } from "../surroundings.ts";
import type { BackEndPlace } from "./back-end-place.ts";
import type { DriverServeFlags } from "./flags.ts";
import { handedSocket, notifyReady } from "./service-manager.ts";
import { driverSettings } from "./settings.ts";

/** Calls that wait for nothing but the catalogue. */
const OTHER_DEADLINE_MS = 10_000;
/** An engine that manages a plugin kills it after 10 s. */
const END_LIMIT_MS = 7000;

/** Each is loaded when it is chosen. */
const BACK_ENDS: Readonly<Record<string, (place: BackEndPlace) => Promise<() => BackEnd>>> = {
  directory: async (place) => (await import("./directory-back-end.ts")).directoryBackEnd(place),
  cephfs: async (place) => (await import("./cephfs-back-end.ts")).cephfsBackEnd(place),
};

/** `seatrial driver serve`. */
export function driverServe(flags: DriverServeFlags): (surroundings: Surroundings) => Promise<ExitCode> {
  return async (surroundings) => {
    const settings = driverSettings(flags, surroundings.env);
    const clock = createSystemClock();
    const log = createLog("json", clock, (line) => void surroundings.stderr.stream.write(line), settings.logLevel);
    const interrupts = listenForInterrupts(surroundings);
    try {
      const env = { PATH: surroundings.env["PATH"] || "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
      const openBackEnd = await backEndOf({ flags, settings, surroundings, env, log });
      const { deadlineMs: mountMs } = settings;
      const deadlines = { mountMs, otherMs: Math.min(mountMs, OTHER_DEADLINE_MS) };
      const socketDescriptor = handedSocket(surroundings);
      const driver = await startDriver({ ...settings, socketDescriptor, openBackEnd, deadlines, env, clock, log });
      const { socketPath: socket, backEnd, scope } = settings;
      log("info", "serving", { socket, backEnd, scope, metricsPort: driver.metricsPort });
      await notifyReady(surroundings, env, log);
      const reason = await Promise.race([driver.failed, aborted(interrupts.signal)]);
      log("info", "ending", { reason });
      await driver.close(END_LIMIT_MS);
      return reason === undefined ? EXIT.pass : EXIT.lab;
    } catch (error) {
      log("error", "not-served", { detail: messageOf(error) });
      throw error;
    } finally {
      interrupts.close();
    }
  };
}

async function backEndOf(place: BackEndPlace): Promise<() => BackEnd> {
  const { backEnd } = place.settings;
  const open = Object.hasOwn(BACK_ENDS, backEnd) ? BACK_ENDS[backEnd] : undefined;
  if (open) return open(place);
  const known = Object.keys(BACK_ENDS).join(", ");
  throw cliError("SETTING_INVALID", `--backend ${backEnd}: there is no such back end; there are ${known}`);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}
