import path from "node:path";
import type { Report } from "../core/report.ts";
import type { RunResult } from "../engine/lab.ts";
import { renderGithubAnnotations } from "../report/github.ts";
import { renderJUnit } from "../report/junit.ts";
import { renderMarkdown } from "../report/markdown.ts";
import { reportText } from "../store/save-report.ts";
import type { RunFlags } from "./flags.ts";
import { writeHtml } from "./html-file.ts";
import { showSummary } from "./show-summary.ts";
import { print, type Surroundings, tell } from "./surroundings.ts";
import { appendOutput, requireWritable, writeOutput } from "./write-output.ts";

/** Finds out before the run whether its files can be written after it. @throws OUTPUT_NOT_WRITABLE */
export function requireOutputs({ output, junit, markdown }: RunFlags, env: Surroundings["env"]): void {
  for (const file of [output, junit, markdown, env["GITHUB_STEP_SUMMARY"]]) if (file) requireWritable(file);
}

/** Shows a run's report and writes it wherever it was asked for. @throws OUTPUT_NOT_WRITABLE */
export async function writeOutputs(
  { run, report, storageError }: RunResult,
  flags: RunFlags,
  surroundings: Surroundings,
): Promise<void> {
  const html = storageError ? undefined : await writeHtml(run.folder, report);
  if (flags.json) print(surroundings, reportText(report));
  else showSummary(report, html ?? path.join(run.folder, "report.json"), flags, surroundings);
  if (flags.output) writeOutput(flags.output, reportText(report));
  if (flags.junit) writeOutput(flags.junit, renderJUnit(report));
  if (flags.markdown) writeOutput(flags.markdown, renderMarkdown(report));
  writeForGithub(report, surroundings);
}

/** A step's summary and annotations, where GitHub Actions runs the command. */
function writeForGithub(report: Report, surroundings: Surroundings): void {
  const { GITHUB_STEP_SUMMARY: summary, GITHUB_ACTIONS: actions } = surroundings.env;
  if (summary) appendOutput(summary, renderMarkdown(report));
  const annotations = actions === "true" ? renderGithubAnnotations(report).trimEnd() : "";
  if (annotations !== "") tell(surroundings, annotations);
}
