import { z } from "zod";
import { durationMs, flagsOf } from "../../core/option-values.ts";
import type { Profile, TrialFlag } from "../../core/trial.ts";
import { volumeError } from "./errors.ts";
import { BACK_END_FAULTS } from "./subject.ts";

/** As they go over the wire: texts by their names. */
const volumeOptionTexts = z.record(z.string().min(1), z.string());
const command = z.string().min(1).optional();

/** A socket's path, or a host and a port. */
export const ENGINE_ADDRESS = /^(?:unix:\/\/(\/.+)|tcp:\/\/(\[[\dA-Fa-f:.]+\]|[^/:\s]+):(\d{1,5})\/?)$/;

export const volumeTrialOptions = z.strictObject({
  serve: command.describe(
    "command that starts the driver; {socket}, {state}, {root}, {control} and {shared} stand for its places",
  ),
  socket: z.string().startsWith("/").optional().describe("socket of a driver that already runs"),
  mountRoot: z
    .string()
    .startsWith("/")
    .optional()
    .describe("directory below which that driver mounts, as seen from here"),
  mountPid: z.int().min(1).optional().describe("process that sees those mounts, where this one does not"),
  peerSocket: z
    .string()
    .startsWith("/")
    .optional()
    .describe("socket of the driver of a second host with the same back end"),
  peerMountRoot: z.string().startsWith("/").optional().describe("directory below which that one mounts"),
  peerMountPid: z.int().min(1).optional().describe("process that sees the mounts of that one"),
  engine: z
    .enum(["private"])
    .optional()
    .describe("private: an engine of the suite's own beside the driver that it starts, for cases with containers"),
  driver: z
    .string()
    .min(1)
    .optional()
    .describe("name of a driver on the user's engine, for cases with containers; local is Docker's own"),
  peerEngine: z
    .string()
    .regex(ENGINE_ADDRESS, "want unix:///path or tcp://host:port")
    .optional()
    .describe("address of a second host's engine, which knows the driver by the same name"),
  image: z.string().min(1).optional().describe("image with a shell for containers, which the engine has already"),
  yes: z.boolean().default(false).describe("containers and volumes may be made on the user's engine"),
  scope: z
    .enum(["local", "global"])
    .default("local")
    .describe("global: a volume made on one host is there on the others"),
  goodOptions: volumeOptionTexts
    .default({})
    .describe("options that every Create is given; {name} in a value stands for the volume's name"),
  otherOptions: volumeOptionTexts.optional().describe("options that are as good, and different"),
  badOptions: z.array(volumeOptionTexts).default([]).describe("options each of which Create must refuse"),
  requiredOptions: z.array(z.string().min(1)).default([]).describe("options without which Create must refuse"),
  commands: z
    .strictObject({ start: command, stop: command, kill: command, heal: command })
    .default({})
    .describe("shell commands that start, stop and kill a driver that already runs, and make its back end whole again"),
  faultCommands: z
    .partialRecord(z.enum(BACK_END_FAULTS), z.string().min(1))
    .default({})
    .describe("shell commands that break what the driver stands on, by the name of the fault"),
  controlFaults: z
    .array(z.enum(BACK_END_FAULTS))
    .default([])
    .describe("faults that a driver which is served obeys from files of these names in {control}"),
  focus: z.array(z.string()).default([]).describe("try only these: IDs of cases, or letters of groups"),
  skip: z.array(z.string()).default([]).describe("leave these out: IDs of cases, or letters of groups"),
  known: z
    .record(z.string().min(2), z.string().min(1))
    .default({})
    .describe("failures that are known, each with its reason, by case or by `CASE: words of the check`"),
  deadlineMs: durationMs(100, 600_000)
    .default(25_000)
    .describe("no call may take longer; an engine gives a managed driver 30 s"),
  patienceMs: durationMs(100, 3_600_000)
    .default(5_000)
    .describe("how long a case waits for what a driver may do slowly"),
  concurrency: z.int().min(2).max(1000).default(32).describe("calls in flight at once"),
  repeats: z.int().min(2).max(1000).default(10).describe("how often a call is repeated that must change nothing"),
  volumes: z.int().min(10).max(100_000).default(100).describe("volumes where very many are made"),
  rounds: z.int().min(1).max(100_000).default(100).describe("rounds of random cases"),
  engineRounds: z
    .int()
    .min(1)
    .max(10_000)
    .default(2)
    .describe("rounds on an engine: ten containers at once, or random work with a kill"),
  writers: z.int().min(2).max(100).default(4).describe("containers of two hosts that append to one file"),
  records: z.int().min(1).max(10_000).default(25).describe("records that each of them appends"),
});
export type VolumeTrialOptions = z.infer<typeof volumeTrialOptions>;

export const volumeProfiles: Record<Profile, Record<string, unknown>> = {
  quick: { volumes: 100, rounds: 50, engineRounds: 1, patienceMs: 2_000 },
  standard: { volumes: 1000, rounds: 500, engineRounds: 5, patienceMs: 35_000 },
  thorough: { volumes: 5000, rounds: 2000, engineRounds: 100, writers: 20, records: 100, patienceMs: 120_000 },
};

const { count, duration, list, text } = flagsOf((detail) => volumeError("VOLUME_OPTION", detail));

type Options = Readonly<Record<string, unknown>>;

/** A flag that may be given several times, each adding one entry to an object. */
function entries(name: string, key: string, description: string): TrialFlag {
  return {
    flags: `${name} <key=value...>`,
    description,
    apply: (given, before) => ({ [key]: { ...(before[key] as object | undefined), ...entryOf(name, given) } }),
  };
}

/** A flag that may be given several times, each adding one item to a list. */
function items(
  name: string,
  { key, value, description }: { key: string; value: string; description: string },
  read: (text: string) => unknown,
): TrialFlag {
  return {
    flags: `${name} <${value}...>`,
    description,
    apply: (given, before: Options) => ({ [key]: [...((before[key] as unknown[] | undefined) ?? []), read(given)] }),
  };
}

/** A flag for one entry of an object. */
function entry(name: string, [key, within]: readonly [string, string], description: string): TrialFlag {
  return {
    flags: `${name} <command>`,
    description,
    apply: (given, before) => ({ [key]: { ...(before[key] as object | undefined), [within]: given } }),
  };
}

function entryOf(name: string, given: string): Record<string, string> {
  const equals = given.indexOf("=");
  if (equals < 1) throw volumeError("VOLUME_OPTION", `${name} wants key=value, not "${given}"`);
  return { [given.slice(0, equals)]: given.slice(equals + 1) };
}

export const volumeFlags: readonly TrialFlag[] = [
  text(
    "--serve",
    "serve",
    "start the driver to judge, in the directory /; {socket}, {state}, {root}, {control} and {shared} stand for its places",
    "command",
  ),
  text("--socket", "socket", "judge a driver that already runs", "path"),
  text("--mount-root", "mountRoot", "directory below which that driver mounts, as seen from here", "directory"),
  text("--engine", "engine", "private: an engine of the suite's own, for cases with containers", "kind"),
  text("--driver", "driver", "judge a driver by its name on your engine (DOCKER_HOST); local is Docker's own", "name"),
  text(
    "--peer-engine",
    "peerEngine",
    "engine of a second host that knows it too: unix:///path, tcp://host:port",
    "address",
  ),
  text("--image", "image", "image with a shell for containers, which the engine has already", "name"),
  {
    flags: "--yes",
    description: "containers and volumes may be made on your engine",
    apply: (given) => ({ yes: given === "true" || given === "1" }),
  },
  text("--scope", "scope", "local, or global: a volume made on one host is there on the others", "scope"),
  entries("--option", "goodOptions", "an option that every Create is given; {name} stands for the volume's name"),
  entries("--other-option", "otherOptions", "an option that is as good, and different"),
  items(
    "--bad-option",
    { key: "badOptions", value: "key=value", description: "an option that Create must refuse" },
    (given) => entryOf("--bad-option", given),
  ),
  items(
    "--required-option",
    { key: "requiredOptions", value: "key", description: "an option without which Create must refuse" },
    (given) => given,
  ),
  entry("--start-command", ["commands", "start"], "starts the driver of --socket"),
  entry("--stop-command", ["commands", "stop"], "stops it"),
  entry("--kill-command", ["commands", "kill"], "kills it, as kill -9 does"),
  entry("--heal-command", ["commands", "heal"], "makes what it stands on whole again"),
  entries("--fault-command", "faultCommands", `breaks what it stands on: ${BACK_END_FAULTS.join(", ")}`),
  list("--control-faults", "controlFaults", "faults that a served driver obeys from files of these names in {control}"),
  list("--focus", "focus", "try only these: IDs of cases, or letters of groups"),
  list("--skip", "skip", "leave these out: IDs of cases, or letters of groups"),
  entries("--known", "known", "a failure that is known and its reason: X12, or X12: words of the check"),
  duration("--deadline", "deadlineMs", "no call may take longer"),
  duration("--patience", "patienceMs", "how long a case waits for what a driver may do slowly"),
  count("--concurrency", "concurrency", "calls in flight at once"),
  count("--repeats", "repeats", "how often a call is repeated that must change nothing"),
  count("--volumes", "volumes", "volumes where very many are made"),
  count("--rounds", "rounds", "rounds of random cases"),
  count("--engine-rounds", "engineRounds", "rounds on an engine: ten containers at once, or random work with a kill"),
  count("--writers", "writers", "containers of two hosts that append to one file"),
  count("--records", "records", "records that each of them appends"),
];
