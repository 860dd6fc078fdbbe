import type { TrialPlan } from "../../core/trial.ts";
import { GROUPS, type Scale, type VolumeCase } from "./cases/case.ts";
import { volumeCases } from "./cases/index.ts";
import { volumeError } from "./errors.ts";
import { readKnown } from "./judge/known.ts";
import type { VolumeTrialOptions } from "./options.ts";

/** How the driver comes to be. */
export type SubjectKind = "own" | "served" | "running" | "registered";

/** What the trial goes through. */
export interface VolumeSteps {
  /** own: Seatrial's directory driver; served: the user's command; running: it listens already; registered: a user's engine knows it. */
  subject: SubjectKind;
  /** IDs, in the order in which they are tried. */
  cases: string[];
  /** IDs that are not tried, as asked for. */
  leftOut: string[];
  scale: Scale;
}
export type VolumePlan = TrialPlan<VolumeSteps>;

/** Of most cases, on a fast local driver. */
const CASE_MS = 250;
/** Of each case that needs an engine, and of all that make rounds on one. */
const ENGINE_CASE_MS = 1500;
const ENGINE_ROUND_MS = 8_000;
/** Cases that wait as long as the scale lets them, and the share of those about outages that do. */
const PATIENT_CASES = 2;
const PATIENT_SHARE = 0.25;

/** @throws VOLUME_SUBJECT, VOLUME_CASE_UNKNOWN, VOLUME_NO_CASE */
export function planVolume(options: VolumeTrialOptions): VolumePlan {
  refuseContradictions(options);
  const tried = chosenCases(options);
  for (const key of Object.keys(options.known)) refuseUnknown(key);
  const { concurrency, repeats, volumes, rounds, engineRounds, writers, records, patienceMs } = options;
  const cases = tried.map(({ id }) => id);
  return {
    environments: [],
    faults: [],
    steps: {
      subject: subjectOf(options),
      cases,
      leftOut: volumeCases.map(({ id }) => id).filter((id) => !cases.includes(id)),
      scale: { concurrency, repeats, volumes, rounds, engineRounds, writers, records, patienceMs },
    },
    estimate: { durationMs: durationMs(tried, options), operations: cases.length },
  };
}

function durationMs(cases: readonly VolumeCase[], options: VolumeTrialOptions): number {
  const { controlFaults, faultCommands, patienceMs } = options;
  const hasFaults = controlFaults.length > 0 || Object.keys(faultCommands).length > 0;
  const outages = hasFaults ? cases.filter(({ needs }) => needs.includes("back-end")).length : 0;
  const patientMs = (PATIENT_CASES + outages * PATIENT_SHARE) * patienceMs;
  return cases.length * CASE_MS + engineMs(cases, options) + patientMs;
}

function engineMs(cases: readonly VolumeCase[], { engine, driver, engineRounds }: VolumeTrialOptions): number {
  const count = (engine ?? driver) ? cases.filter(({ needs }) => needs.includes("engine")).length : 0;
  return count > 0 ? count * ENGINE_CASE_MS + engineRounds * ENGINE_ROUND_MS : 0;
}

function subjectOf({ serve, socket, driver }: VolumeTrialOptions): SubjectKind {
  if (serve !== undefined) return "served";
  if (driver !== undefined && socket === undefined) return "registered";
  return socket === undefined ? "own" : "running";
}

function refuseContradictions(options: VolumeTrialOptions): void {
  const { serve, socket, mountRoot, peerSocket, commands, faultCommands, goodOptions, badOptions } = options;
  const refuse = (detail: string, remedy?: string) => {
    throw volumeError("VOLUME_SUBJECT", detail, remedy === undefined ? {} : { remedy });
  };
  if (serve !== undefined && socket !== undefined)
    refuse("a driver to start (--serve) and one that runs (--socket) are both named");
  if (socket === undefined && mountRoot !== undefined)
    refuse(
      "--mount-root tells where the driver of --socket mounts, and there is none",
      "A driver that is started is told by {root} where to mount.",
    );
  const given = Object.entries(commands).find(([name, command]) => name !== "heal" && command !== undefined);
  if (socket === undefined && given)
    refuse(
      `--${given[0]}-command is for the driver of --socket, and there is none`,
      "The suite starts, stops and kills what it serves by itself.",
    );
  if (commands.start === undefined && (commands.stop !== undefined || commands.kill !== undefined))
    refuse("a driver that is stopped or killed must be started again", "Give --start-command too.");
  if (socket === undefined && peerSocket !== undefined)
    refuse(
      "--peer-socket is beside --socket, and there is none",
      "With --scope global the suite starts a second host by itself.",
    );
  if (Object.keys(faultCommands).length > 0 && commands.heal === undefined)
    refuse("what is broken by --fault-command must be made whole again", "Give --heal-command too.");
  if (subjectOf(options) === "own" && (options.controlFaults.length > 0 || Object.keys(faultCommands).length > 0))
    refuse("faults are given, and no driver", "The suite knows by itself how to break what its own driver stands on.");
  refuseEngines(options, refuse);
  const bad = badOptions.find((one) => Object.entries(one).every(([key, value]) => goodOptions[key] === value));
  if (bad) refuse(`the option ${JSON.stringify(bad)} is said to be good and bad`, "Give it once.");
}

function refuseEngines(
  { serve, socket, peerSocket, engine, driver, peerEngine, image, yes }: VolumeTrialOptions,
  refuse: (detail: string, remedy?: string) => void,
): void {
  if (serve !== undefined && driver !== undefined)
    refuse(
      "a driver to start (--serve) and one that an engine knows (--driver) are both named",
      "A driver that is served meets an engine of the suite's own: --engine private.",
    );
  if (engine === "private" && socket !== undefined)
    refuse(
      "an engine of the suite's own (--engine private) does not know a driver that runs already (--socket)",
      "Name the driver as your engine knows it: --driver.",
    );
  if (peerEngine !== undefined && (driver === undefined || engine !== undefined))
    refuse(
      "--peer-engine is beside your engine with the driver of --driver, and there is none",
      "With --engine private and --scope global the suite starts a second host by itself.",
    );
  if (peerEngine !== undefined && socket !== undefined && peerSocket === undefined)
    refuse("of the second host the engine is named, and not the driver's socket", "Give --peer-socket too.");
  if (image !== undefined && engine === undefined && driver === undefined)
    refuse("--image is for containers, and no engine takes part", "Give --engine private or --driver too.");
  if (driver !== undefined && engine === undefined && !yes)
    refuse(
      `containers and volumes of the driver ${driver} would be made and removed on your engine`,
      "If that may be, say so: --yes.",
    );
}

/** @throws VOLUME_CASE_UNKNOWN, VOLUME_NO_CASE */
function chosenCases({ focus, skip }: Pick<VolumeTrialOptions, "focus" | "skip">): VolumeCase[] {
  const [wanted, unwanted] = [focus, skip].map((words) => words.map(knownWord));
  const names = (words: readonly string[] | undefined, { id }: VolumeCase) =>
    words?.some((word) => id === word || id[0] === word) ?? false;
  const chosen = volumeCases.filter(
    (volumeCase) => (wanted?.length === 0 || names(wanted, volumeCase)) && !names(unwanted, volumeCase),
  );
  if (chosen.length === 0 && volumeCases.length > 0)
    throw volumeError("VOLUME_NO_CASE", `focus ${focus.join(",") || "on all"}, skip ${skip.join(",") || "none"}`);
  return chosen;
}

/** A slip in an ID would leave a failure unexplained; one in the words of a check lets it fail. */
function refuseUnknown(key: string): void {
  const id = readKnown(key)?.id;
  if (volumeCases.some((one) => one.id === id)) return;
  throw volumeError("VOLUME_CASE_UNKNOWN", `"${key}" is said to be known to fail`);
}

function knownWord(word: string): string {
  const upper = word.toUpperCase();
  if (upper in GROUPS || volumeCases.some(({ id }) => id === upper)) return upper;
  throw volumeError("VOLUME_CASE_UNKNOWN", `"${word}"; groups are ${Object.keys(GROUPS).join(", ")}`);
}
