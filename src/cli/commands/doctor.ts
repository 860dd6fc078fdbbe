import picocolors from "picocolors";
import { EXIT, type ExitCode, messageOf } from "../../core/errors.ts";
import type { PreflightCheck, Runtime } from "../../core/runtime.ts";
import { checkRunsFolder } from "../../engine/preflight.ts";
import type { CommandContext } from "../command-context.ts";
import { createRuntimes } from "../composition.ts";
import type { DoctorFlags } from "../flags.ts";
import { listenForInterrupts } from "../interrupts.ts";
import { outSetting } from "../settings/resolve.ts";
import { print, printJson } from "../surroundings.ts";
import { checkAgent, checkForeignFunctions, checkFuse, checkStateDir } from "../machine-checks.ts";

/** What was found in one place. */
interface Examination {
  /** A runtime's id, or `machine`. */
  where: string;
  fit: boolean;
  checks: PreflightCheck[];
}

/** `seatrial doctor`. */
export function doctor(flags: DoctorFlags): (context: CommandContext) => Promise<ExitCode> {
  return async ({ surroundings, composition }) => {
    const { settings } = composition;
    const interrupts = listenForInterrupts(surroundings);
    const machine = examined("machine", [
      checkAgent(settings.agent),
      checkForeignFunctions(settings.agent),
      checkFuse(),
      checkStateDir(settings.stateDir),
      checkRunsFolder(outSetting(flags, surroundings.env).value),
    ]);
    const runtimes: Examination[] = [];
    for (const runtime of createRuntimes(composition)) runtimes.push(await examineRuntime(runtime, interrupts.signal));
    interrupts.close();
    const chosen = machine.fit ? runtimes.find(({ fit }) => fit)?.where : undefined;
    if (flags.json) printJson(surroundings, { chosen: chosen ?? null, examinations: [machine, ...runtimes] });
    else print(surroundings, textOf([machine, ...runtimes], chosen, flags.color && surroundings.stdout.colour));
    return chosen === undefined ? EXIT.lab : EXIT.pass;
  };
}

async function examineRuntime(runtime: Runtime, signal: AbortSignal): Promise<Examination> {
  try {
    return examined(runtime.id, await runtime.preflight(signal));
  } catch (error) {
    signal.throwIfAborted();
    return examined(runtime.id, [{ id: runtime.id, state: "fail", detail: messageOf(error) }]);
  }
}

function examined(where: string, checks: PreflightCheck[]): Examination {
  return { where, checks, fit: checks.every(({ state }) => state !== "fail") };
}

const SIGNS = { ok: "✓", warn: "!", fail: "✗" } as const;

function textOf(examinations: readonly Examination[], chosen: string | undefined, colour: boolean): string {
  const { bold, green, yellow, red, dim } = picocolors.createColors(colour);
  const tint = { ok: green, warn: yellow, fail: red };
  const checkLines = ({ id, state, detail, remedy }: PreflightCheck): string[] => [
    `  ${tint[state](SIGNS[state])} ${id}: ${detail.trim().replaceAll("\n", "\n      ")}`,
    ...(remedy !== undefined && state !== "ok" ? [`      ${dim(remedy)}`] : []),
  ];
  const lines = examinations.flatMap(({ where, checks }) => [bold(where), ...checks.flatMap(checkLines), ""]);
  const end = chosen === undefined ? "No trial can run here yet." : `Trials run here; without --runtime, on ${chosen}.`;
  return [...lines, end].join("\n");
}
