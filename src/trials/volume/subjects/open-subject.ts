import path from "node:path";
import type { Clock } from "../../../core/clock.ts";
import { Scope } from "../../../core/scope.ts";
import { findSubjectProgram } from "../../../subjects/program.ts";
import { DriverClient } from "../client.ts";
import { openPrivateEngine, openUserEngine } from "../engine/index.ts";
import type { VolumeTrialOptions } from "../options.ts";
import type { SubjectKind } from "../plan.ts";
import type { BackEndFault, Subject, SubjectOptions } from "../subject.ts";
import type { FaultCommands } from "./host/back-end.ts";
import { commandSubject, type CommandSubjectRequest } from "./host/command-subject.ts";
import { openDriverHost } from "./host/host.ts";
import { servedSubject } from "./host/served-subject.ts";
import { OWN_FAULTS, OWN_OPTIONS, ownCommand, ownWords } from "./own-driver.ts";

/** Where and for whom a driver is brought up. */
export interface OpenSubject {
  kind: SubjectKind;
  options: VolumeTrialOptions;
  /** For all that comes up; whoever gives it removes it. */
  workdir: string;
  clock: Clock;
  signal: AbortSignal;
}

/** The driver that the options speak of. @throws SeatrialError of its host, its start or its engine; SUBJECT_NOT_BUILT */
export async function openSubject({ kind, options, workdir, clock, signal }: OpenSubject): Promise<Subject> {
  const { deadlineMs, scope } = options;
  const common = { workdir, clock, signal, deadlineMs, scope, options: subjectOptions(kind, options) };
  if (kind === "registered" && options.engine === "private") return engineOnly(options, { workdir, clock });
  if (kind === "running" || kind === "registered") return withEngine(options, () => runningSubject(options, common));
  return servedSubject({
    ...common,
    command: kind === "own" ? ownCommand(options) : (options.serve ?? ""),
    faults: kind === "own" ? OWN_FAULTS : faultsOf(options),
    ...(options.engine && { engine: { image: options.image } }),
    hasPeer: scope === "global",
  });
}

/** A driver that runs, and the user's engines where any are to take part. */
async function withEngine(options: VolumeTrialOptions, open: () => Subject): Promise<Subject> {
  const { driver, image, peerEngine } = options;
  if (driver === undefined) return open();
  const scope = new Scope();
  const connect = async (address?: string) => {
    const engine = await openUserEngine({ driver, image, address });
    scope.defer("what is on the engine", async () => engine[Symbol.asyncDispose]());
    return engine;
  };
  try {
    const engine = await connect();
    const there = peerEngine === undefined ? undefined : await connect(peerEngine);
    const subject = open();
    scope.defer("the subject", async () => subject[Symbol.asyncDispose]());
    return {
      ...{ ...subject, engine },
      ...(there && subject.peer && { peer: { ...subject.peer, engine: there } }),
      [Symbol.asyncDispose]: async () => void (await scope.close()),
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

/** A driver that an engine has by itself, on one of the suite's own. */
async function engineOnly(
  options: VolumeTrialOptions,
  { workdir, clock }: Pick<OpenSubject, "workdir" | "clock">,
): Promise<Subject> {
  const { driver, image, scope, deadlineMs } = options;
  const hands = findSubjectProgram("subjects/hands");
  const host = await openDriverHost({ directory: path.join(workdir, "host-1"), hands, hasEngine: true });
  const engine = await openPrivateEngine({ host, clock, image, driver });
  return {
    ...{ socketPath: "", scope, options: subjectOptions("registered", options), engine: engine.hands },
    client: () => new DriverClient({ socketPath: "", clock, deadlineMs }),
    [Symbol.asyncDispose]: async () => {
      await host[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

type Common = Pick<CommandSubjectRequest, "workdir" | "clock" | "deadlineMs" | "scope" | "options">;

function runningSubject(options: VolumeTrialOptions, common: Common): Subject {
  const { commands, faultCommands, peerSocket, peerEngine } = options;
  const { start, stop, kill, heal } = commands;
  const one = (socketPath: string, mountRoot: string | undefined, mountNamespacePid: number | undefined) => ({
    ...common,
    socketPath,
    ...(mountRoot !== undefined && { mountRoot }),
    ...(mountNamespacePid !== undefined && { mountNamespacePid }),
  });
  const hasPeer = peerSocket !== undefined || peerEngine !== undefined;
  const peer = hasPeer ? commandSubject(one(peerSocket ?? "", options.peerMountRoot, options.peerMountPid)) : undefined;
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

/** The command that serves the driver, as a user would write it. */
export function commandText(options: VolumeTrialOptions): string {
  return options.serve ?? ["seatrial", ...ownWords(options)].join(" ");
}

/** What the user says goes over what is known. */
function subjectOptions(
  kind: SubjectKind,
  { goodOptions: good, otherOptions, badOptions, requiredOptions: required }: VolumeTrialOptions,
): SubjectOptions {
  const known = kind === "own" ? OWN_OPTIONS : { other: undefined, bad: [] };
  const other = otherOptions ?? known.other;
  return { good, ...(other && { other }), bad: badOptions.length > 0 ? badOptions : known.bad, required };
}

function faultsOf({
  controlFaults,
  faultCommands,
  commands,
}: VolumeTrialOptions): readonly BackEndFault[] | FaultCommands {
  if (commands.heal === undefined) return controlFaults;
  return { faults: faultCommands, heal: commands.heal };
}
