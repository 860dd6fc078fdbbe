import fs from "node:fs";
import path from "node:path";
import type { ExitCode } from "../../core/errors.ts";
import { judgeRun } from "../../engine/judge.ts";
import { RUN_FILES } from "../../store/layout.ts";
import { openRun } from "../../store/reader.ts";
import { reportText, writeReport } from "../../store/save-report.ts";
import type { CommandContext } from "../command-context.ts";
import { exitCodeOf } from "../exit-code.ts";
import type { RecheckFlags } from "../flags.ts";
import { writeHtml } from "../html-file.ts";
import { outSetting } from "../settings/resolve.ts";
import { showSummary } from "../show-summary.ts";
import { print, tell } from "../surroundings.ts";

/** `seatrial recheck`. */
export function recheck(reference: string, flags: RecheckFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition }) => {
    const run = openRun(reference, outSetting(flags, surroundings.env).value);
    const report = judgeRun(run, composition.trials);
    const text = reportText(report);
    const stored = readStored(run.folder);
    tell(surroundings, agreementText(stored, text));
    if (stored !== text) writeReport(run.folder, report);
    const html = await writeHtml(run.folder, report);
    if (flags.json) print(surroundings, text);
    else showSummary(report, html, flags, surroundings);
    return exitCodeOf(report.verdict);
  };
}

function readStored(folder: string): string | undefined {
  const file = path.join(folder, RUN_FILES.report);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

function agreementText(stored: string | undefined, text: string): string {
  if (stored === undefined) return "There was no report.json; it has been written now.";
  if (stored === text) return "The stored report.json agrees, byte for byte.";
  return "The stored report.json DIFFERS from what the record says; it has been written anew.";
}
