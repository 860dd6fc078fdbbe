import { createSystemClock } from "../../core/clock.ts";
import { EXIT, type ExitCode, SeatrialError } from "../../core/errors.ts";
import { createLog, type Log } from "../../core/log.ts";
import { type LoopOutcome, runLoop } from "../../trials/integrity/loop/loop.ts";
import { createLoopMetrics } from "../../trials/integrity/loop/metrics.ts";
import { exitCodeOfSignal } from "../exit-code.ts";
import type { IntegrityLoopFlags } from "../flags.ts";
import { configPathOf, readLoopConfig } from "../integrity-loop/config-file.ts";
import { listenForInterrupts } from "../interrupts.ts";
import type { EndingSignal, Surroundings } from "../surroundings.ts";

/** `seatrial integrity loop`. */
export function integrityLoop(flags: IntegrityLoopFlags): (surroundings: Surroundings) => Promise<ExitCode> {
  return async (surroundings) => {
    const { env, pid, stdout } = surroundings;
    const clock = createSystemClock();
    const log = createLog(flags.log, clock, (line) => void stdout.stream.write(line));
    const file = configPathOf(flags.config, surroundings);
    const once = (flags.once ?? false) || Boolean(env["INIT"]);
    const interrupts = listenForInterrupts(surroundings);
    const order = {
      readConfig: () => readLoopConfig(file, surroundings),
      pid,
      once,
      keepGoing: flags.keepGoing ?? false,
      breakLock: flags.breakLock ?? false,
    };
    try {
      const tools = { clock, signal: interrupts.signal, log, metrics: createLoopMetrics() };
      return exitCodeOf(await runLoop(order, tools), once, interrupts.by());
    } catch (error) {
      tellEnd(error, log);
      throw error;
    } finally {
      interrupts.close();
    }
  };
}

/** A service that is told to end and does is no failure; a check that was cut short has checked nothing. */
function exitCodeOf(outcome: LoopOutcome, once: boolean, by: EndingSignal | undefined): ExitCode {
  if (outcome === "damaged") return EXIT.fail;
  if (outcome === "interrupted" && by !== undefined && (once || by === "SIGINT")) return exitCodeOfSignal(by);
  return EXIT.pass;
}

function tellEnd(error: unknown, log: Log): void {
  if (!(error instanceof SeatrialError)) return;
  const { code, message, remedy, exit } = error;
  log("error", "ended-by-error", { code, detail: message, remedy, exit });
}
