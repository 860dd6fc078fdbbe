import type { Command, CommanderError } from "commander";
import { EXIT, type ExitCode } from "../core/errors.ts";
import type { CommandContext } from "./command-context.ts";
import { compose, type Composition, packageVersion } from "./composition.ts";
import { cliError } from "./errors.ts";
import { modernWords } from "./original-words.ts";
import { type Actions, defineProgram, type OfferedTrials } from "./program.ts";
import { showError } from "./show-error.ts";
import type { Surroundings } from "./surroundings.ts";
import { offeredFlags } from "./trial-flags.ts";

/** Runs one command; answers with its exit status and throws nothing. `composed` stands in for the real parts in tests. */
export async function runCli(
  surroundings: Surroundings,
  composed: () => Promise<Composition> = () => compose(surroundings),
): Promise<ExitCode> {
  try {
    return await dispatch(surroundings, composed);
  } catch (error) {
    return showError(error, surroundings, surroundings.argv.includes("--json"));
  }
}

async function dispatch(surroundings: Surroundings, composed: () => Promise<Composition>): Promise<ExitCode> {
  const words = modernWords(surroundings.argv);
  let exit: ExitCode = EXIT.pass;
  const runners: Runners = {
    within: async (command) => {
      exit = await command({ surroundings, composition: await composed() });
    },
    alone: async (command) => {
      exit = await command(surroundings);
    },
  };
  // Only the command that has trials' flags pays for loading the trials.
  const offered = words[0] === "run" ? offerOf(await composed()) : { ids: [], flags: [] };
  const program = speaking(defineProgram(packageVersion(), lazyActions(runners), offered), surroundings);
  if (words.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    if (error.exitCode !== 0) throw cliError("USAGE", usageText(error));
  }
  return exit;
}

/** What the trials offer the command line. */
export function offerOf({ trials }: Pick<Composition, "trials">): OfferedTrials {
  return { ids: trials.map(({ id }) => id), flags: offeredFlags(trials) };
}

/** Two ways to run a command. */
export interface Runners {
  /** With all that this build is made of. */
  within(command: (context: CommandContext) => Promise<ExitCode>): Promise<void>;
  /** Without loading any of it: for what runs for months beside its subject. */
  alone(command: (surroundings: Surroundings) => Promise<ExitCode>): Promise<void>;
}

/** Each command is loaded when it is called. */
export function lazyActions({ within, alone }: Runners): Actions {
  return {
    run: async (trials, flags) => within((await import("./commands/run.ts")).run(trials, flags)),
    recheck: async (run, flags) => within((await import("./commands/recheck.ts")).recheck(run, flags)),
    report: async (run, flags) => within((await import("./commands/report.ts")).report(run, flags)),
    diff: async (before, after, flags) => within((await import("./commands/diff.ts")).diff(before, after, flags)),
    ls: async (flags) => within((await import("./commands/ls.ts")).ls(flags)),
    doctor: async (flags) => within((await import("./commands/doctor.ts")).doctor(flags)),
    sweep: async (flags) => within((await import("./commands/sweep.ts")).sweep(flags)),
    import: async (file, flags) => within((await import("./commands/import.ts")).importReport(file, flags)),
    schema: async (name) => within((await import("./commands/schema.ts")).schema(name)),
    barrier: async (path, flags) => within((await import("./commands/barrier.ts")).barrier(path, flags)),
    share: async (source, mountpoint, flags) =>
      within((await import("./commands/share.ts")).share(source, mountpoint, flags)),
    imageBuild: async (flags) => within((await import("./commands/image-build.ts")).imageBuild(flags)),
    integritySearch: async (run, flags) =>
      within((await import("./commands/integrity-search.ts")).integritySearch(run, flags)),
    integrityLoop: async (flags) => alone((await import("./commands/integrity-loop.ts")).integrityLoop(flags)),
    volumeCases: async (flags) => alone((await import("./commands/volume-cases.ts")).listVolumeCases(flags)),
    driverServe: async (flags) => alone((await import("./driver/serve.ts")).driverServe(flags)),
    driverPackage: async (flags) => alone((await import("./driver/package.ts")).driverPackage(flags)),
    driverStatus: async (flags) => alone((await import("./driver/status.ts")).driverStatus(flags)),
    driverStore: async (flags) => alone((await import("./driver/store.ts")).driverStore(flags)),
    driverOrders: async (flags) => alone((await import("./driver/orders.ts")).driverOrders(flags)),
  };
}

/** Commander throws instead of ending the process, and writes where it is told. */
function speaking(program: Command, { stdout, stderr }: Surroundings): Command {
  const output = {
    writeOut: (text: string) => void stdout.stream.write(text),
    writeErr: (text: string) => void stderr.stream.write(text),
    outputError: () => {},
    getOutHelpWidth: () => stdout.width || 100,
    getErrHelpWidth: () => stderr.width || 100,
    getOutHasColors: () => stdout.colour,
    getErrHasColors: () => stderr.colour,
  };
  const configure = (command: Command): void => {
    command.exitOverride().configureOutput(output);
    for (const below of command.commands) configure(below);
  };
  configure(program);
  return program;
}

function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && "exitCode" in error && String(Reflect.get(error, "code")).startsWith("commander.");
}

function usageText({ message }: CommanderError): string {
  return message.replace(/^error: /, "").replaceAll("\n", " ");
}
