import type { z } from "zod";
import type { BackEnd } from "../back-end.ts";
import { driverError } from "../errors.ts";

/**
 * Options as the back end takes them. The refusal names options and never their values, which may be secrets.
 * @throws SeatrialError OPTION_REFUSED, OPTION_HELP
 */
export function readOptions<Options>(backEnd: BackEnd<Options>, options: ReadonlyMap<string, string>): Options {
  const { optionHelp } = backEnd;
  if (options.has("help")) throw driverError("OPTION_HELP", `the options are\n${helpText(optionHelp)}`);
  const read = backEnd.options.safeParse(Object.fromEntries(options));
  if (read.success) return read.data;
  const known = Object.keys(optionHelp).join(", ");
  throw driverError("OPTION_REFUSED", read.error.issues.map((issue) => told(issue, known)).join("; "));
}

function told(issue: z.core.$ZodIssue, known: string): string {
  if (issue.code === "unrecognized_keys") return `unknown option ${issue.keys.join(", ")}; there are ${known}`;
  const [option = "options"] = issue.path.map(String);
  return `option ${option}: ${issue.message}`;
}

function helpText(help: Readonly<Record<string, string>>): string {
  return Object.entries(help)
    .map(([option, line]) => `  ${option}: ${line}`)
    .join("\n");
}
