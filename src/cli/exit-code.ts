import { EXIT, type ExitCode } from "../core/errors.ts";
import type { Verdict } from "../core/verdict.ts";

const CODES: Readonly<Record<Verdict, ExitCode>> = {
  pass: EXIT.pass,
  fail: EXIT.fail,
  errored: EXIT.lab,
  inconclusive: EXIT.inconclusive,
  skipped: EXIT.inconclusive,
};

/** The exit status of a verdict; with `allowInconclusive` nothing worse than inconclusive counts as success. */
export function exitCodeOf(verdict: Verdict, allowInconclusive = false): ExitCode {
  const code = CODES[verdict];
  return allowInconclusive && code === EXIT.inconclusive ? EXIT.pass : code;
}

/** The exit status of a command that a signal ended. */
export function exitCodeOfSignal(signal: string): ExitCode {
  return signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}
