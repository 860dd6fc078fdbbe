import type { Owner } from "../../core/runtime.ts";

/** Labels on all that is made on an engine: `sweep` and people find it by them. */
export const LABEL = {
  run: "io.seatrial.run",
  lab: "io.seatrial.lab",
  environment: "io.seatrial.environment",
  container: "io.seatrial.container",
  /** On images: kept between runs because making one takes seconds. */
  cache: "io.seatrial.cache",
  /** On images: the digest of the agent and Node.js inside, whatever the base. */
  payload: "io.seatrial.payload",
} as const;

/** The labels that name the owner of a container. */
export function ownerLabels(owner: Owner): Record<string, string> {
  return { [LABEL.run]: owner.runId, [LABEL.lab]: owner.lab };
}

/** Who made it; undefined for what is not ours. */
export function ownerOf(labels: Readonly<Record<string, string>> | null | undefined): Owner | undefined {
  const runId = labels?.[LABEL.run];
  const lab = labels?.[LABEL.lab];
  return runId && lab ? { runId, lab } : undefined;
}
