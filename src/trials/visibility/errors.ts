import { defineErrors, EXIT, errorsOf } from "../../core/errors.ts";

export const visibilityErrors = defineErrors({
  VISIBILITY_NOT_SHARED: {
    title: "The directory in the container is not the one on this machine",
    remedy:
      "The engine runs elsewhere, or shares only some directories: run the lab on the engine's own machine, or give --path a directory that the engine shares.",
    exit: EXIT.lab,
  },
  VISIBILITY_PATH: {
    title: "The directory to try is missing or cannot be written",
    remedy: "Give --path an existing directory that this user may write to.",
    exit: EXIT.usage,
  },
  VISIBILITY_NOTHING_TO_DO: {
    title: "The options leave no cell and no scenario to run",
    remedy: "Widen --operations, --directions, --states or --observers; not every combination makes sense.",
    exit: EXIT.usage,
  },
  VISIBILITY_LIMIT: {
    title: "A limit cannot be read",
    remedy: 'Write limits as "operation.statistic=duration", for example create.p99=10ms or all.mean=5ms.',
    exit: EXIT.usage,
  },
  VISIBILITY_OPTION: {
    title: "A flag's value cannot be read",
    remedy: "Durations need a unit (250ms, 30s); counts are whole numbers; lists are separated by commas.",
    exit: EXIT.usage,
  },
  VISIBILITY_FOREIGN_REPORT: {
    title: "The foreign report lacks a field or has an odd one",
    remedy: "Import the file as the original tool wrote it.",
    exit: EXIT.usage,
  },
});

export const visibilityError = errorsOf(visibilityErrors);
