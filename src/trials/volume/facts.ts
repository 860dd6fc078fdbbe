import { counted, getOrMake } from "../../core/finding.ts";
import type { FactSheet } from "../../core/report.ts";
import { NEEDS, type Need } from "./cases/case.ts";
import { createStory, type Story, type TriedCase, type VolumeFold, type VolumeJudgeContext } from "./judge/story.ts";
import { readable } from "./judge/verdict.ts";
import { ORIGINAL_TESTS } from "./original-tests.ts";
import type { SubjectKind } from "./plan.ts";

type Fact = [name: string, value: string];

/** The driver, how far the suite could reach, what it does where either is right, and what was not tried. */
export function factsOfVolume(context: VolumeJudgeContext): VolumeFold<FactSheet[]> {
  const story = createStory(context);
  return {
    see: story.see,
    finish: () => {
      const told = story.finish();
      const sheets: FactSheet[] = [
        { title: "The driver", facts: driverFacts(context, told) },
        { title: "How far the suite could reach", facts: reachFacts(told) },
        { title: "What it does where either is right", facts: observations(told.tried) },
        { title: "Failures that are known", facts: knownFacts(told.tried) },
        { title: "Cases that were not tried", facts: skippedFacts(context, told.tried) },
        { title: "The eleven original tests", facts: originalFacts(told.tried) },
      ];
      return sheets.filter(({ facts }) => facts.length > 0);
    },
  };
}

const KINDS: Record<SubjectKind, string> = {
  own: "Seatrial's directory driver, served by the suite on storage that it can break",
  served: "served by the suite in a host of its own",
  running: "it ran already",
  registered: "the user's engine knew it already",
};

const WHERE: Record<SubjectKind, string> = {
  own: "command",
  served: "command",
  running: "socket",
  registered: "name on the engine",
};

function engineFact({ driver, version, apiVersion }: { driver: string; version: string; apiVersion: string }): Fact {
  return ["engine", `Docker Engine ${version}, API ${apiVersion}, which knows it as ${driver}`];
}

function driverFacts({ options, plan }: VolumeJudgeContext, { driver }: Story): Fact[] {
  if (!driver) return [];
  const given = Object.keys(options.goodOptions).join(", ");
  return [
    ["how", KINDS[plan.steps.subject]],
    [WHERE[plan.steps.subject], driver.where],
    ...(driver.activate === "" ? [] : [["Activate", driver.activate] as Fact]),
    ...(driver.capabilities === "" ? [] : [["Capabilities", driver.capabilities] as Fact]),
    ...(driver.engine ? [engineFact(driver.engine)] : []),
    ["held to the scope", options.scope],
    // Not their values: one may be a secret.
    ...(given === "" ? [] : [["options of each Create", given] as Fact]),
  ];
}

const REACH: Record<Need, readonly [name: string, yes: string, no: string]> = {
  mounts: ["mounts", "what it mounts was looked at", "not seen: nothing is said of what Mount really does"],
  process: ["crashes", "it was stopped, killed and started", "not made: nothing is said of restarts"],
  "back-end": ["outages", "what it stands on was broken", "not made: nothing is said of a back end that fails"],
  peer: ["a second host", "with the same back end", "none: nothing is said of two hosts on one back end"],
  fresh: ["a second driver", "of the same kind", "none could be started"],
  engine: ["an engine", "with containers that use the volumes", "took no part: nothing is said of containers"],
  "engine-process": ["an engine's crashes", "it was stopped, killed and started", "not made"],
};

function reachFacts({ driver }: Story): Fact[] {
  if (!driver) return [];
  return NEEDS.map((need) => {
    const [name, yes, no] = REACH[need];
    // What it stands on can be there, and nobody have said how to break it.
    if (driver.lacks.includes(need) || (need === "back-end" && driver.faults.length === 0)) return [name, no];
    return [name, need === "back-end" ? `${yes}: ${driver.faults.join(", ")}` : yes];
  });
}

function observations(tried: readonly TriedCase[]): Fact[] {
  return tried.flatMap(({ volumeCase, result }): Fact[] => {
    const seen = result?.observations ?? [];
    return seen.length === 0 ? [] : [[volumeCase.id, seen.map(readable).join("; ")]];
  });
}

function originalFacts(tried: readonly TriedCase[]): Fact[] {
  return ORIGINAL_TESTS.map((test, index) => {
    const cases = tried.filter(({ volumeCase }) => volumeCase.original?.includes(index + 1));
    const verdicts = cases.map(({ volumeCase, judgement }) => `${volumeCase.id} ${judgement.verdict}`);
    return [`${index + 1}. ${test}`, verdicts.join(", ") || "not in this run"];
  });
}

function knownFacts(tried: readonly TriedCase[]): Fact[] {
  return tried.flatMap(({ volumeCase, judgement: { known } }): Fact[] =>
    known === undefined ? [] : [[volumeCase.id, `fails: ${known}`]],
  );
}

function skippedFacts({ plan }: VolumeJudgeContext, tried: readonly TriedCase[]): Fact[] {
  const reasons = new Map<string, string[]>();
  for (const { volumeCase, judgement } of tried)
    if (judgement.verdict === "skipped" && judgement.known === undefined)
      getOrMake(reasons, judgement.detail, () => []).push(volumeCase.id);
  const { leftOut } = plan.steps;
  return [
    ...[...reasons].map(([why, ids]): Fact => [ids.join(", "), why]),
    ...(leftOut.length > 0
      ? [["left out", `${counted(leftOut.length, "case")}, as asked for: ${leftOut.join(", ")}`] as Fact]
      : []),
  ];
}
