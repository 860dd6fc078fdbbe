import { Command, Option } from "commander";
import { PROFILES } from "../core/trial.ts";
import { defineDriver, type DriverActions } from "./driver/define.ts";
import type * as flags from "./flags.ts";
import { asOption, type OfferedFlag } from "./trial-flags.ts";

/** What each command does once its words are understood. */
export interface Actions extends DriverActions {
  run(trials: string[], flags: flags.RunFlags): Promise<void>;
  recheck(run: string, flags: flags.RecheckFlags): Promise<void>;
  report(run: string, flags: flags.ReportFlags): Promise<void>;
  diff(before: string, after: string, flags: flags.DiffFlags): Promise<void>;
  ls(flags: flags.LsFlags): Promise<void>;
  doctor(flags: flags.DoctorFlags): Promise<void>;
  sweep(flags: flags.SweepFlags): Promise<void>;
  import(file: string, flags: flags.ImportFlags): Promise<void>;
  schema(name: string | undefined): Promise<void>;
  barrier(path: string, flags: flags.BarrierFlags): Promise<void>;
  share(source: string, mountpoint: string, flags: flags.SubjectFlags): Promise<void>;
  integritySearch(run: string, flags: flags.IntegritySearchFlags): Promise<void>;
  integrityLoop(flags: flags.IntegrityLoopFlags): Promise<void>;
  volumeCases(flags: flags.JsonFlag): Promise<void>;
  imageBuild(flags: flags.ImageBuildFlags): Promise<void>;
}

/** The trials as far as the command line speaks of them; both lists are empty where only other commands matter. */
export interface OfferedTrials {
  ids: readonly string[];
  flags: readonly OfferedFlag[];
}

const RUN_ARGUMENT = "folder of a run, its id, or latest";
const JSON_FLAG = ["--json", "print exactly one JSON document on standard output"] as const;

/** The whole command line. Knows words, not what they do, so that help costs nothing. */
export function defineProgram(version: string, actions: Actions, trials: OfferedTrials): Command {
  const program = new Command("seatrial")
    .description(
      "Puts the data plane of a container platform through trials, and says with numbers which promises hold.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ showGlobalOptions: false });
  defineRun(program, actions, trials);
  defineReading(program, actions);
  defineMachine(program, actions);
  defineOthers(program, actions);
  defineIntegrity(program, actions);
  defineVolume(program, actions);
  defineDriver(program, actions);
  return program;
}

function defineRun(program: Command, actions: Actions, { ids, flags }: OfferedTrials): void {
  const command = program
    .command("run")
    .summary("run trials, judge them and write a report")
    .description("Runs trials, all of them unless some are named, judges what they recorded and writes a report.")
    .argument("[trial...]", `trials to run${ids.length > 0 ? `: ${ids.join(", ")}` : ""}; all when none is named`)
    .option("--runtime <name>", "docker, embedded, or auto: the first that is fit (default: auto)")
    .addOption(
      new Option("--profile <name>", "how much to ask of the machine's time (default: quick)").choices(PROFILES),
    )
    .option("--seed <text>", "repeats the plan of another run; drawn and printed when absent")
    .option("--plan <file>", "YAML file with settings and options; flags go over it")
    .option("--set <key=value>", "an option by its name in a plan file, such as samples=50; repeatable", collect)
    .option("--out <dir>", "folder of all runs (default: runs)")
    .option("--output <file>", "also write the report as JSON there")
    .option("--junit <file>", "also write JUnit XML there")
    .option("--markdown <file>", "also write a summary in Markdown there")
    .addOption(new Option("--allow <verdict>", "exit 0 for this verdict too").choices(["inconclusive"]))
    .option("--explain", "print each setting and where it comes from, and run nothing")
    .option("--dry-run", "print what would be done, and do nothing")
    .option("--quiet", "print no progress")
    .option(...JSON_FLAG);
  colourless(command);
  for (const flag of flags) command.addOption(asOption(flag, ids.length));
  command.action((trials: string[], options: flags.RunFlags) => actions.run(trials, options));
}

/** Commands over runs that are on disk. */
function defineReading(program: Command, actions: Actions): void {
  const recheck = withRuns(program.command("recheck"))
    .description("Judges a recorded run again, without a container, and says whether the stored report agrees.")
    .argument("<run>", RUN_ARGUMENT)
    .option(...JSON_FLAG);
  colourless(recheck).action((run: string, options: flags.RecheckFlags) => actions.recheck(run, options));

  const report = withRuns(program.command("report"))
    .description("Shows the report of a run. Without a format: a summary, and report.html made anew.")
    .argument("<run>", RUN_ARGUMENT)
    .addOption(
      new Option("--format <format>", "what to make").choices(["html", "json", "markdown", "junit", "terminal", "csv"]),
    )
    .option("--output <file>", "write it there; the format is told by the file's name unless given");
  colourless(report).action((run: string, options: flags.ReportFlags) => actions.report(run, options));

  const diff = withRuns(program.command("diff"))
    .description("Compares two runs, series by series: the change of the median with its interval.")
    .argument("<before>", RUN_ARGUMENT)
    .argument("<after>", RUN_ARGUMENT)
    .option("--margin <share>", "changes of a median below this count as none", "5%")
    .addOption(new Option("--fail-on <answer>", "exit 1 when a series got clearly worse").choices(["worse"]))
    .addOption(new Option("--format <format>", "what to make").choices(["terminal", "markdown", "json"]))
    .option("--output <file>", "write it there; the format is told by the file's name unless given")
    .option(...JSON_FLAG);
  colourless(diff).action((before: string, after: string, options: flags.DiffFlags) =>
    actions.diff(before, after, options),
  );

  withRuns(program.command("ls"))
    .description("Lists the runs, newest last.")
    .option(...JSON_FLAG)
    .action((options: flags.LsFlags) => actions.ls(options));
}

/** Commands about this machine and what was left on it. */
function defineMachine(program: Command, actions: Actions): void {
  const doctor = withRuns(program.command("doctor"))
    .description("Says what this machine can and cannot do, and what to do about it. Changes nothing.")
    .option(...JSON_FLAG);
  colourless(doctor).action((options: flags.DoctorFlags) => actions.doctor(options));

  withRuns(program.command("sweep"))
    .description("Removes what labs that were killed have left, and nothing else.")
    .option("--runtime <name>", "look only there, and fail when it does not answer")
    .option("--images", "also remove cached images; the next run makes them again in seconds")
    .option(...JSON_FLAG)
    .action((options: flags.SweepFlags) => actions.sweep(options));
}

function defineOthers(program: Command, actions: Actions): void {
  const importing = withRuns(program.command("import"))
    .description("Makes a run of another tool's JSON report, and shows its statistics.")
    .argument("<file>", "JSON report of the mount consistency tester (one exec a look)")
    .option(...JSON_FLAG);
  colourless(importing).action((file: string, options: flags.ImportFlags) => actions.import(file, options));

  program
    .command("schema")
    .description("Prints the JSON Schema of a format.")
    .argument("[name]", "report, plan, manifest, integrity-loop, or a trial for its options", "report")
    .action((name: string) => actions.schema(name));

  program
    .command("barrier")
    .description("Waits until all that was written below a directory is visible in a container.")
    .argument("<path>", "directory of this machine that the container mounts")
    .requiredOption("--container <name>", "name or id of your container")
    .option("--timeout <duration>", "give up after this long", "30s")
    .option("--depth <levels>", "how deep below the path (default: all)")
    .option("--max-directories <count>", "how many directories at most (default: all)")
    .option("--runtime <name>", "where the container runs", "docker")
    .option(...JSON_FLAG)
    .action((path: string, options: flags.BarrierFlags) => actions.barrier(path, options));

  program
    .command("image")
    .description("Images of the command itself.")
    .command("build")
    .summary("make an image of the command on the engine, without a registry")
    .description(IMAGE_DESCRIPTION)
    .option("--tag <name>", "name of the image (default: seatrial, with this version as its tag)")
    .option(...JSON_FLAG)
    .action((options: flags.ImageBuildFlags) => actions.imageBuild(options));

  program
    .command("subject", { hidden: true })
    .description("Starts a subject that is bad on purpose, to try a trial on.")
    .command("share")
    .description("Serves a directory through FUSE, as stale or wrong as told, until interrupted.")
    .argument("<source>", "existing directory")
    .argument("<mountpoint>", "existing directory")
    .option("--dials <json>", "what is wrong with it", "{}")
    .action((source: string, mountpoint: string, options: flags.SubjectFlags) =>
      actions.share(source, mountpoint, options),
    );
}

function defineIntegrity(program: Command, actions: Actions): void {
  const integrity = program
    .command("integrity")
    .description("More of the integrity trial: its service, and crash states.");
  defineSearch(integrity, actions);
  integrity
    .command("loop")
    .summary("write and verify one file until told to end, or until it is damaged")
    .description(LOOP_DESCRIPTION)
    .option(
      "--config <file>",
      "JSON or YAML; read again in each iteration (default: $IO_CONFIG_PATH, else /mnt/config/config.json)",
    )
    .option("--once", "verify once and end, as with the variable INIT set to anything")
    .option("--keep-going", "after damage go on verifying; nothing is written any more")
    .option("--break-lock", "take the lock from a holder on another host, which must have ended")
    .addOption(
      new Option("--log <format>", "for machines, one object a line, or for people")
        .choices(["json", "text"])
        .default("json"),
    )
    .action((options: flags.IntegrityLoopFlags) => actions.integrityLoop(options));
}

function defineVolume(program: Command, actions: Actions): void {
  program
    .command("volume")
    .description("More of the volume trial: what it tries.")
    .command("cases")
    .description(
      "Lists the cases of the volume trial: what --focus and --skip take, what is at stake, what each needs.",
    )
    .option(...JSON_FLAG)
    .action((options: flags.JsonFlag) => actions.volumeCases(options));
}

const IMAGE_DESCRIPTION = [
  "Makes an image of this command and this machine's Node.js on the engine, out of nothing else and without a registry.",
  "It runs as an ordinary user (65532); what it does unless told otherwise is `seatrial integrity loop`.",
].join("\n\n");

function defineSearch(integrity: Command, actions: Actions): void {
  withRuns(integrity.command("search"))
    .summary("look in a recorded run for a crash that breaks a promise")
    .description(SEARCH_DESCRIPTION)
    .argument("<run>", RUN_ARGUMENT)
    .option("--points <count>", "try so many crash states at most", "300")
    .option("--duration <duration>", "begin no further state after this long, such as 5min")
    .option("--seed <text>", "choose the states by this (default: the run's seed)")
    .option("--replay-to <entries>", "try one crash only: after so many entries of the log")
    .option("--survivors <entries>", "which volatile writes survive that crash: none, all, 3,5-9 or all-but:3,5-9")
    .option("--keep-image <file>", "also write the disk as that crash, or the smallest that was found, left it")
    .option("--quiet", "print no progress")
    .option(...JSON_FLAG)
    .addHelpText("after", SEARCH_EXAMPLES)
    .action((run: string, options: flags.IntegritySearchFlags) => actions.integritySearch(run, options));
}

const SEARCH_DESCRIPTION = [
  "Looks in a recorded run for a crash that breaks a promise.",
  [
    "The run's disk kept a log of every write and flush. Each state that a power cut could have left is a count of log entries",
    "and a choice of the writes that no flush had made durable by then. States are made again, mounted and read back; whatever had",
    "been acknowledged by that time must be there. The first violation is made as small as it gets. Needs root.",
  ].join(" "),
  "Ends with 0 when every promise was kept, with 1 when one was broken; the result is also in integrity/artifacts/search.json of the run.",
].join("\n\n");

const SEARCH_EXAMPLES = `
Examples:
  seatrial run integrity --disk ext4 --record on --crashes 0   record a run
  seatrial integrity search latest                             try 300 crash states of it
  seatrial integrity search latest --replay-to 512             try the crash after entry 512, where all volatile writes are lost`;

const LOOP_DESCRIPTION = [
  "Writes and verifies one file until told to end, or until it is damaged.",
  [
    "Every io_write_step-th iteration writes the whole file; the others read it back and hold each block against a journal",
    "of what was promised. At the start the file is verified before anything is written, whatever ended the process before.",
  ].join(" "),
  "SIGTERM ends it in good order with 0. Damage ends it with 1, is named in the log with its place, and is never written over.",
].join("\n\n");

function withRuns(command: Command): Command {
  return command.option("--out <dir>", "folder of all runs (default: runs)");
}

function colourless(command: Command): Command {
  return command.option("--no-color", "print without colours");
}

function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}
