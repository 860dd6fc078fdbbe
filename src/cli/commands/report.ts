import path from "node:path";
import fs from "node:fs";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { Report } from "../../core/report.ts";
import { judgeRun } from "../../engine/judge.ts";
import { parseReport } from "../../report/parse.ts";
import { RUN_FILES } from "../../store/layout.ts";
import { openRun, type StoredRun } from "../../store/reader.ts";
import type { CommandContext } from "../command-context.ts";
import { cliError } from "../errors.ts";
import type { ReportFlags } from "../flags.ts";
import { writeHtml } from "../html-file.ts";
import { outSetting } from "../settings/resolve.ts";
import { showSummary, terminalOf } from "../show-summary.ts";
import { print, type Surroundings } from "../surroundings.ts";
import { requireWritable, writeOutput } from "../write-output.ts";

type Format = "html" | "json" | "markdown" | "junit" | "terminal" | "csv";

const FORMAT_OF_ENDING: Readonly<Record<string, Format>> = {
  ".html": "html",
  ".json": "json",
  ".md": "markdown",
  ".xml": "junit",
  ".csv": "csv",
  ".txt": "terminal",
};

/** `seatrial report`. */
export function report(reference: string, flags: ReportFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition }) => {
    if (flags.output !== undefined) requireWritable(flags.output);
    const format = formatOf(flags);
    const run = openRun(reference, outSetting(flags, surroundings.env).value);
    const found = storedReport(run) ?? judgeRun(run, composition.trials);
    if (format === undefined) {
      showSummary(found, await writeHtml(run.folder, found), flags, surroundings);
      return EXIT.pass;
    }
    const text = await render(found, format, flags, surroundings);
    if (flags.output === undefined) print(surroundings, text);
    else writeOutput(flags.output, text);
    return EXIT.pass;
  };
}

function formatOf({ format, output }: ReportFlags): Format | undefined {
  if (format !== undefined) return format as Format;
  if (output === undefined) return undefined;
  const told = FORMAT_OF_ENDING[path.extname(output)];
  if (told) return told;
  const endings = Object.keys(FORMAT_OF_ENDING).join(", ");
  throw cliError("USAGE", `--output ${output} does not tell a format by its ending (${endings})`, {
    remedy: "Name the format with --format.",
  });
}

/** A run that died before its report is judged on the way. */
function storedReport({ folder }: StoredRun): Report | undefined {
  const file = path.join(folder, RUN_FILES.report);
  return fs.existsSync(file) ? parseReport(fs.readFileSync(file, "utf8")) : undefined;
}

async function render(found: Report, format: Format, flags: ReportFlags, surroundings: Surroundings): Promise<string> {
  const renderers = await import("../../report/index.ts");
  switch (format) {
    case "html":
      return renderers.renderHtml(found);
    case "json":
      return renderers.renderJson(found);
    case "markdown":
      return renderers.renderMarkdown(found);
    case "junit":
      return renderers.renderJUnit(found);
    case "csv":
      return renderers.renderCsv(found);
    case "terminal":
      return renderers.renderTerminal(found, terminalFor(flags, surroundings));
  }
}

function terminalFor(flags: ReportFlags, surroundings: Surroundings) {
  const terminal = terminalOf(surroundings, flags);
  return flags.output === undefined ? terminal : { ...terminal, colour: false };
}
