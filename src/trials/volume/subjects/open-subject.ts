import type { Clock } from "../../../core/clock.ts";
import { findSubjectProgram } from "../../../subjects/program.ts";
import type { VolumeTrialOptions } from "../options.ts";
import type { SubjectKind } from "../plan.ts";
import type { BackEndFault, Subject, SubjectOptions } from "../subject.ts";
import type { FaultCommands } from "./host/back-end.ts";
import { commandSubject, type CommandSubjectRequest } from "./host/command-subject.ts";
import type { CommandLine } from "./host/command-line.ts";
import { servedSubject } from "./host/served-subject.ts";

/** Where and for whom a driver is brought up. */
export interface OpenSubject {
  kind: SubjectKind;
  options: VolumeTrialOptions;
  /** For all that comes up; whoever gives it removes it. */
  workdir: string;
  clock: Clock;
  signal: AbortSignal;
}

/** The driver that the options speak of. @throws what HOST does, and SUBJECT_NOT_BUILT */
export async function openSubject({ kind, options, workdir, clock, signal }: OpenSubject): Promise<Subject> {
  const { deadlineMs, scope } = options;
  const common = { workdir, clock, signal, deadlineMs, scope, options: subjectOptions(options) };
  if (kind === "running") return runningSubject(options, common);
  return servedSubject({
    ...common,
    command: kind === "own" ? ownCommand() : (options.serve ?? ""),
    faults: faultsOf(options),
    hasPeer: scope === "global",
  });
}

type Common = Pick<CommandSubjectRequest, "workdir" | "clock" | "deadlineMs" | "scope" | "options">;

function runningSubject(options: VolumeTrialOptions, common: Common): Subject {
  const { commands, faultCommands, peerSocket } = options;
  const { start, stop, kill, heal } = commands;
  const one = (socketPath: string, mountRoot: string | undefined, mountNamespacePid: number | undefined) => ({
    ...common,
    socketPath,
    ...(mountRoot !== undefined && { mountRoot }),
    ...(mountNamespacePid !== undefined && { mountNamespacePid }),
  });
  const peer =
    peerSocket === undefined ? undefined : commandSubject(one(peerSocket, options.peerMountRoot, options.peerMountPid));
  const subject = commandSubject({
    ...one(options.socket ?? "", options.mountRoot, options.mountPid),
    ...(start !== undefined && {
      commands: { start, ...(stop !== undefined && { stop }), ...(kill !== undefined && { kill }) },
    }),
    ...(heal !== undefined && { faults: { faults: faultCommands, heal } }),
  });
  return {
    ...subject,
    ...(peer && { peer }),
    [Symbol.asyncDispose]: async () => {
      await peer?.[Symbol.asyncDispose]();
      await subject[Symbol.asyncDispose]();
    },
  };
}

/** The command that serves Seatrial's own driver, or what the user gave. */
export function commandText({ serve }: Pick<VolumeTrialOptions, "serve">): string {
  return serve ?? OWN.join(" ");
}

const OWN = [
  "driver",
  "serve",
  "--backend",
  "directory",
  "--socket",
  "{socket}",
  "--state",
  "{state}",
  "--root",
  "{root}",
];

function ownCommand(): CommandLine {
  const { nodePath, scriptPath } = findSubjectProgram("subjects/reference-driver");
  return [
    nodePath,
    scriptPath,
    "--socket",
    "{socket}",
    "--state",
    "{state}",
    "--root",
    "{root}",
    "--control",
    "{control}",
  ];
}

function subjectOptions({
  goodOptions,
  otherOptions,
  badOptions,
  requiredOptions,
}: VolumeTrialOptions): SubjectOptions {
  return {
    good: goodOptions,
    ...(otherOptions && { other: otherOptions }),
    bad: badOptions,
    required: requiredOptions,
  };
}

function faultsOf({
  controlFaults,
  faultCommands,
  commands,
}: VolumeTrialOptions): readonly BackEndFault[] | FaultCommands {
  if (commands.heal === undefined) return controlFaults;
  return { faults: faultCommands, heal: commands.heal };
}
