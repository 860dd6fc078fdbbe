import picocolors from "picocolors";
import { EXIT, type ExitCode, messageOf, SeatrialError } from "../core/errors.ts";
import { exitCodeOfSignal } from "./exit-code.ts";
import { printJson, type Surroundings, tell } from "./surroundings.ts";

/**
 * Tells a person what ended a command and answers with the exit status. Where one JSON document was promised on
 * standard output, it holds the error.
 */
export function showError(error: unknown, surroundings: Surroundings, json: boolean): ExitCode {
  const interruptedBy = signalOf(error);
  if (interruptedBy !== undefined) {
    tell(surroundings, `Interrupted by ${interruptedBy}.`);
    return exitCodeOfSignal(interruptedBy);
  }
  const known = error instanceof SeatrialError ? error : undefined;
  if (json)
    printJson(surroundings, { error: known ? documentOf(known) : { code: "DEFECT", detail: messageOf(error) } });
  tell(surroundings, known ? errorText(known, surroundings.stderr.colour) : defectText(error));
  return known?.exit ?? EXIT.lab;
}

/** By name, so that telling an error does not load the engine. */
function signalOf(error: unknown): string | undefined {
  return error instanceof Error && error.name === "Interrupted" && "by" in error ? String(error.by) : undefined;
}

function documentOf({ code, message, remedy, exit }: SeatrialError): object {
  return { code, detail: message, remedy, exit };
}

/** Code and detail, then the remedy. */
export function errorText({ code, message, remedy }: SeatrialError, colour: boolean): string {
  const { red, bold, dim } = picocolors.createColors(colour);
  const [first = "", ...rest] = message.trimEnd().split("\n");
  return [`${red(bold(code))}  ${first}`, ...rest.map((line) => `  ${line}`), `${dim("What to do:")} ${remedy}`].join(
    "\n",
  );
}

function defectText(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    stack,
    "",
    "This is a bug in Seatrial, not in what it looks at. Please report it with the lines above and the command.",
    "Whatever was begun may have left something behind: `seatrial sweep` removes it.",
  ].join("\n");
}
