import { EXIT, type ExitCode } from "../../core/errors.ts";
import { GROUPS, type VolumeCase } from "../../trials/volume/cases/case.ts";
import { volumeCases } from "../../trials/volume/cases/index.ts";
import type { JsonFlag } from "../flags.ts";
import { print, printJson, type Surroundings } from "../surroundings.ts";
import { alignLeft } from "../table.ts";

/** `seatrial volume cases`. */
export function listVolumeCases({ json }: JsonFlag): (surroundings: Surroundings) => Promise<ExitCode> {
  return async (surroundings) => {
    if (json) printJson(surroundings, volumeCases.map(documentOf));
    else print(surroundings, tableOf(volumeCases));
    return EXIT.pass;
  };
}

function documentOf({ id, title, severity, needs, action, requirement, reason }: VolumeCase): object {
  return { id, title, severity, needs, action, requirement, reason };
}

function tableOf(cases: readonly VolumeCase[]): string {
  const groups = Object.entries(GROUPS).map(([letter, title]) => `${letter} ${title}`);
  const rows = cases.map(({ id, severity, needs, title }) => [id, severity, needs.join(", "), title]);
  return [
    `Groups: ${groups.join("; ")}.`,
    "",
    alignLeft([["CASE", "SEVERITY", "NEEDS", "TITLE"], ...rows]),
    "",
    "--focus and --skip of `seatrial run volume` take cases and letters of groups: --focus M06,R.",
  ].join("\n");
}
