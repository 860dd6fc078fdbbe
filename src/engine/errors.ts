import { AgentGone } from "../core/agent.ts";
import { defineErrors, errorsOf, SeatrialError } from "../core/errors.ts";

/** What can go wrong between the options and the end of a run. */
export const ENGINE_ERRORS = defineErrors({
  OPTIONS_INVALID: {
    title: "An option is out of its range or unknown",
    remedy: "Correct the option; `seatrial run TRIAL --help` lists each with its limits.",
    exit: 2,
  },
  PLAN_INVALID: {
    title: "A plan asks for what this seatrial does not have",
    remedy: "Use a kind of fault and an environment that the trial knows.",
    exit: 2,
  },
  RUNTIME_UNFIT: {
    title: "The runtime cannot run containers here",
    remedy: "Run `seatrial doctor`: it says for each check what to do. Or choose another runtime with --runtime.",
    exit: 3,
  },
  STATE_FOLDER_NOT_WRITABLE: {
    title: "What is made outside the run folder cannot be written down",
    remedy: "Make the state folder writable for you, or name another in SEATRIAL_STATE_DIR.",
    exit: 3,
  },
  WORKDIR_NOT_WRITABLE: {
    title: "No working directory can be made",
    remedy: "Name a directory in which you may write, on a file system with free space.",
    exit: 3,
  },
  TRIAL_TIMED_OUT: {
    title: "The trial took far longer than planned",
    remedy: "Look at the load of the machine and at what the trial did last, in its history. Then run it again.",
    exit: 3,
  },
  AGENT_LOST: {
    title: "The process inside a container ended or fell silent",
    remedy:
      "Check that the container has memory to run Node and was not removed by another program. Then run it again.",
    exit: 3,
  },
  FAULT_FAILED: {
    title: "A planned fault could not be injected or healed",
    remedy: "Run `seatrial sweep` and look at the reason given. Then run it again.",
    exit: 3,
  },
});

export const engineError = errorsOf(ENGINE_ERRORS);

/** What ended a trial, in one line for histories and reports: the code, what is wrong and what to do. */
export function describeFailure(error: unknown): string {
  if (error instanceof AgentGone) return describeFailure(engineError("AGENT_LOST", error.message));
  if (error instanceof SeatrialError) return `${error.code}: ${error.message.replace(/\.$/, "")}. ${error.remedy}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
