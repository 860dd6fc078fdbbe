import { defineErrors, EXIT, errorsOf } from "../core/errors.ts";

/** What can go wrong between the command line and the engine. */
export const CLI_ERRORS = defineErrors({
  USAGE: {
    title: "The command line cannot be understood",
    remedy: "See `seatrial --help`, or `seatrial COMMAND --help` for the flags of one command.",
    exit: EXIT.usage,
  },
  OLD_WORD: {
    title: "A word of the original tool has another name here",
    remedy: "Use the command that the message names; the README has a table of all of them.",
    exit: EXIT.usage,
  },
  TRIAL_UNKNOWN: {
    title: "There is no such trial",
    remedy: "Leave the name out to run every trial; `seatrial run --help` lists them.",
    exit: EXIT.usage,
  },
  FLAG_OF_NO_TRIAL: {
    title: "None of the chosen trials knows the flag",
    remedy: "Leave the flag out, or choose the trial that knows it.",
    exit: EXIT.usage,
  },
  SETTING_INVALID: {
    title: "A setting of the run has a value that cannot be",
    remedy:
      "Use one of the values that the message names; `seatrial run --explain` shows where each setting comes from.",
    exit: EXIT.usage,
  },
  PLAN_FILE_UNREADABLE: {
    title: "The plan file cannot be read",
    remedy: "Give a YAML file that you may read; `seatrial schema plan` prints what it may hold.",
    exit: EXIT.usage,
  },
  PLAN_FILE_INVALID: {
    title: "The plan file holds something that cannot be",
    remedy: "Correct the named lines; `seatrial schema plan` prints what the file may hold, and editors can check it.",
    exit: EXIT.usage,
  },
  RUNTIME_UNKNOWN: {
    title: "There is no such runtime",
    remedy: "Use one of those that the message names, or auto.",
    exit: EXIT.usage,
  },
  NO_RUNTIME_FIT: {
    title: "No runtime can run containers here",
    remedy: "Mend one of them as told, then see `seatrial doctor`. `embedded` needs only Linux and util-linux.",
    exit: EXIT.lab,
  },
  AGENT_NOT_BUILT: {
    title: "The program that runs inside containers has not been built",
    remedy: "Run `npm run build` in a checkout; in an installed package, install it again.",
    exit: EXIT.lab,
  },
  COMMAND_NOT_BUNDLED: {
    title: "The command has not been made into one file",
    remedy: "Run `npm run build` in a checkout; in an installed package, install it again.",
    exit: EXIT.lab,
  },
  OUTPUT_NOT_WRITABLE: {
    title: "A file that was asked for cannot be written",
    remedy: "Name a file in an existing directory in which you may write.",
    exit: EXIT.lab,
  },
  RUNTIME_WITHOUT_BARRIER: {
    title: "The runtime has no containers but its own",
    remedy: "Wait with a runtime that runs your containers: `--runtime docker`.",
    exit: EXIT.usage,
  },
  DRIVER_SILENT: {
    title: "The volume driver does not answer",
    remedy: "Start it with `seatrial driver serve`, or name its --socket; only root may ask.",
    exit: EXIT.lab,
  },
  DRIVER_PART_MISSING: {
    title: "Something that the plugin is made of is not on this machine",
    remedy: "Install what the message names, and make the plugin again.",
    exit: EXIT.lab,
  },
  DRIVER_PACKAGE_PLACE: {
    title: "The plugin cannot be written there",
    remedy: "Name a new or empty directory in which you may write, with room for 200 MB.",
    exit: EXIT.usage,
  },
  BARRIER_PATH: {
    title: "The barrier's path cannot be used",
    remedy: "Name an existing directory of this machine below which you may write.",
    exit: EXIT.usage,
  },
});

export const cliError = errorsOf(CLI_ERRORS);
