import type { ExitCode } from "../../core/errors.ts";
import { EXIT } from "../../core/errors.ts";
import { judgeRun } from "../../engine/judge.ts";
import { importFile } from "../../store/import/import-file.ts";
import { reportText, writeReport } from "../../store/save-report.ts";
import type { CommandContext } from "../command-context.ts";
import type { ImportFlags } from "../flags.ts";
import { writeHtml } from "../html-file.ts";
import { outSetting } from "../settings/resolve.ts";
import { showSummary } from "../show-summary.ts";
import { print } from "../surroundings.ts";

/** `seatrial import`. */
export function importReport(file: string, flags: ImportFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition: { trials, version } }) => {
    const importers = trials.flatMap((trial) => trial.importers);
    const run = importFile(file, importers, {
      runsFolder: outSetting(flags, surroundings.env).value,
      versions: { seatrial: version, node: process.version },
      command: `seatrial import ${file}`,
    });
    const report = judgeRun(run, trials);
    writeReport(run.folder, report);
    const html = await writeHtml(run.folder, report);
    if (flags.json) print(surroundings, reportText(report));
    else showSummary(report, html, flags, surroundings);
    return EXIT.pass;
  };
}
