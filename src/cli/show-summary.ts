import type { Report } from "../core/report.ts";
import { renderTerminal } from "../report/terminal.ts";
import type { ColourFlag } from "./flags.ts";
import { print, type Surroundings } from "./surroundings.ts";

/** Where there is no terminal to say how wide it is. */
const DEFAULT_WIDTH = 100;

/** What `renderTerminal` needs to know of standard output. */
export function terminalOf({ stdout }: Surroundings, { color }: ColourFlag): { colour: boolean; width: number } {
  return { colour: color && stdout.colour, width: stdout.width || DEFAULT_WIDTH };
}

/** The report in short, and last of all the file that holds the whole of it. */
export function showSummary(report: Report, file: string, flags: ColourFlag, surroundings: Surroundings): void {
  print(surroundings, renderTerminal(report, terminalOf(surroundings, flags)));
  print(surroundings, `Report: ${file}`);
}
