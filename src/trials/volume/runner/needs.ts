import { NEEDS, type Need, type VolumeCase } from "../cases/case.ts";
import type { Subject } from "../subject.ts";

/** What is missing where a subject lacks it, for people. */
const LACKS: Record<Need, string> = {
  mounts: "what the driver mounts cannot be seen",
  process: "the driver cannot be stopped, killed and started",
  "back-end": "what the driver stands on cannot be broken",
  peer: "there is no second host with the same back end",
  fresh: "no second driver of the same kind can be started",
  engine: "no engine takes part",
  "engine-process": "the engine cannot be stopped, killed and started",
};

const HAS: Record<Need, (subject: Subject) => boolean> = {
  mounts: ({ mounts }) => mounts !== undefined,
  process: ({ process }) => process !== undefined,
  "back-end": ({ backEnd }) => backEnd !== undefined,
  peer: ({ peer }) => peer !== undefined,
  fresh: ({ fresh }) => fresh !== undefined,
  engine: ({ engine }) => engine !== undefined,
  "engine-process": ({ engine }) => engine?.process !== undefined,
};

/** What the suite cannot do to this subject. */
export function lacking(subject: Subject): Need[] {
  return NEEDS.filter((need) => !HAS[need](subject));
}

/** Why the case cannot be tried on this subject; "" when it can. */
export function lackFor({ needs }: VolumeCase, subject: Subject): string {
  const lacks = lacking(subject).filter((need) => needs.includes(need));
  const isMute = subject.socketPath === "" && !needs.includes("engine");
  return [...(isMute ? ["the driver's socket is not known"] : []), ...lacks.map((need) => LACKS[need])].join("; ");
}
