import fs from "node:fs";
import path from "node:path";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { Report } from "../../core/report.ts";
import { RUN_FILES } from "../../store/layout.ts";
import { listRuns, type RunListing } from "../../store/reader.ts";
import type { CommandContext } from "../command-context.ts";
import type { LsFlags } from "../flags.ts";
import { outSetting } from "../settings/resolve.ts";
import { print, printJson } from "../surroundings.ts";
import { alignLeft } from "../table.ts";

/** One run as the list shows it. */
interface Row {
  runId: string;
  folder: string;
  startedAt: string;
  trials: string[];
  verdict: string;
  ended: string;
  /** Why the folder is no run. */
  problem?: string;
}

/** `seatrial ls`. */
export function ls(flags: LsFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings }) => {
    const folder = outSetting(flags, surroundings.env).value;
    const rows = listRuns(folder).map(rowOf);
    if (flags.json) printJson(surroundings, rows);
    else print(surroundings, rows.length === 0 ? `There are no runs in ${folder}.` : tableOf(rows));
    return EXIT.pass;
  };
}

function rowOf(listing: RunListing): Row {
  const { runId, folder } = listing;
  if ("problem" in listing)
    return { runId, folder, startedAt: "", trials: [], verdict: "", ended: "", problem: listing.problem };
  const { startedAt, trials, kind } = listing.manifest;
  const { verdict, ended } = outcomeOf(folder);
  return {
    runId,
    folder,
    startedAt,
    trials: trials.map(({ id }) => id),
    verdict,
    ended: kind === "import" ? "imported" : ended,
  };
}

/** Only two words of a stored report are wanted, so it is not held against its schema. */
function outcomeOf(folder: string): { verdict: string; ended: string } {
  try {
    const text = fs.readFileSync(path.join(folder, RUN_FILES.report), "utf8");
    const { verdict, ended } = JSON.parse(text) as Partial<Report>;
    return { verdict: String(verdict), ended: String(ended) };
  } catch {
    return { verdict: "not judged", ended: "unfinished" };
  }
}

function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ runId, startedAt, trials, verdict, ended, problem }) => [
    runId,
    startedAt.slice(0, 19).replace("T", " "),
    trials.join(", "),
    verdict,
    problem ?? ended,
  ]);
  return alignLeft([["run", "began (UTC)", "trials", "verdict", "ended"], ...cells]);
}
