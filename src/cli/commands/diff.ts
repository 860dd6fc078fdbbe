import path from "node:path";
import type { Diff } from "../../core/diff.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import type { Trial } from "../../core/trial.ts";
import { diffRuns, type JudgedRun } from "../../engine/diff-runs.ts";
import { judgeRun, measureRun } from "../../engine/judge.ts";
import { renderDiffMarkdown } from "../../report/diff-markdown.ts";
import { renderDiffTerminal } from "../../report/diff-terminal.ts";
import { openRun } from "../../store/reader.ts";
import type { CommandContext } from "../command-context.ts";
import { cliError } from "../errors.ts";
import type { DiffFlags } from "../flags.ts";
import { outSetting } from "../settings/resolve.ts";
import { terminalOf } from "../show-summary.ts";
import { print, type Surroundings } from "../surroundings.ts";
import { requireWritable, writeOutput } from "../write-output.ts";

/** `seatrial diff`. */
export function diff(before: string, after: string, flags: DiffFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition }) => {
    const margin = parseShare(flags.margin);
    if (flags.output !== undefined) requireWritable(flags.output);
    const folder = outSetting(flags, surroundings.env).value;
    const [old, young] = [before, after].map((reference) => judged(reference, folder, composition.trials));
    if (!old || !young) throw new Error("two runs make a pair");
    const found = diffRuns(old, young, margin, createRandom("diff"));
    const text = render(found, flags, surroundings);
    if (flags.output === undefined) print(surroundings, text);
    else writeOutput(flags.output, text);
    const isWorse = found.rows.some(({ answer }) => answer === "worse");
    return flags.failOn === "worse" && isWorse ? EXIT.fail : EXIT.pass;
  };
}

/** From the record, not from the stored report: only the record holds every value. */
function judged(reference: string, folder: string, trials: readonly Trial[]): JudgedRun {
  const run = openRun(reference, folder);
  return { report: judgeRun(run, trials), measured: measureRun(run, trials) };
}

function render(found: Diff, flags: DiffFlags, surroundings: Surroundings): string {
  switch (flags.json ? "json" : (flags.format ?? formatOfEnding(flags.output))) {
    case "json":
      return `${JSON.stringify(found, null, 2)}\n`;
    case "markdown":
      return renderDiffMarkdown(found);
    default:
      return renderDiffTerminal(found, terminalOf(surroundings, flags));
  }
}

function formatOfEnding(file = ""): string {
  return { ".json": "json", ".md": "markdown" }[path.extname(file)] ?? "terminal";
}

/** "5%" or "0.05". */
function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  const share = match ? Number(match[1]) / (match[2] ? 100 : 1) : Number.NaN;
  if (share >= 0 && share <= 10) return share;
  throw cliError("SETTING_INVALID", `--margin ${text}: want a share from 0 to 10, such as 5% or 0.05`);
}
