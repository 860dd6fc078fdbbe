import type { Owner } from "../../core/runtime.ts";
import type { Engine } from "./connect.ts";
import { removeContainer } from "./container.ts";
import { accepting, engineMessage, refused } from "./engine-error.ts";
import { fail } from "./errors.ts";
import { LABEL, ownerOf } from "./labels.ts";

const REMOVE_LIMIT_MS = 30_000;

/** Removes what labs that no longer live left on the engine; never what has no label of ours or a living owner. */
export async function sweepEngine(
  engine: Engine,
  isAlive: (owner: Owner) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    return [
      ...(await sweepContainers(engine, isAlive, signal)),
      ...(await sweepVolumes(engine, isAlive, signal)),
      ...(await sweepImages(engine, signal)),
    ];
  } catch (error) {
    signal.throwIfAborted();
    throw refused("sweeping", error);
  }
}

async function sweepContainers(
  engine: Engine,
  isAlive: (owner: Owner) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const filters = { label: [LABEL.lab] };
  const containers = await engine.client.listContainers({ all: true, filters, abortSignal: signal });
  const dead = containers.filter(({ Labels }) => {
    const owner = ownerOf(Labels);
    return owner && !isAlive(owner);
  });
  const limited = AbortSignal.any([signal, AbortSignal.timeout(REMOVE_LIMIT_MS)]);
  const removals = await Promise.allSettled(dead.map(({ Id }) => removeContainer(engine, Id, limited)));
  const told = dead.map(({ Id, Names, Labels, State }) => {
    return `container ${Names[0]?.replace(/^\//, "") ?? Id} (${State}) of run ${Labels[LABEL.run]}`;
  });
  const stuck = removals.flatMap((removal, at) =>
    removal.status === "rejected" ? [`${told[at]}: ${engineMessage(removal.reason)}`] : [],
  );
  if (stuck.length === 0) return told;
  signal.throwIfAborted();
  const remedy =
    "A container that the engine itself cannot remove is gone after the engine is restarted and swept again.";
  throw fail(
    "ENGINE_REFUSED",
    `${stuck.length} of ${dead.length} containers could not be removed: ${stuck.join("; ")}`,
    { remedy },
  );
}

/** A disk's volume goes with its container, unless the engine was ended in between. */
async function sweepVolumes(
  { client }: Engine,
  isAlive: (owner: Owner) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const { Volumes } = await client.listVolumes({
    filters: { label: [LABEL.lab] },
    abortSignal: signal,
  });
  const told: string[] = [];
  for (const { Name, Labels } of Volumes ?? []) {
    const owner = ownerOf(Labels);
    if (!owner || isAlive(owner)) continue;
    // 409: a container that was started a moment ago uses it.
    if (await accepting([404, 409], () => client.getVolume(Name).remove({ abortSignal: signal })))
      told.push(`volume ${Name.slice(0, 12)} of run ${owner.runId}`);
  }
  return told;
}

/** An image of ours loses its name when two labs made it at once. */
async function sweepImages({ client }: Engine, signal: AbortSignal): Promise<string[]> {
  const filters = { dangling: ["true"], label: [`${LABEL.cache}=true`] };
  const images = await client.listImages({ filters, abortSignal: signal });
  for (const { Id } of images) {
    // 409: a container of a living lab still stands on it.
    await accepting([404, 409], () => client.getImage(Id).remove({ abortSignal: signal }));
  }
  return images.map(({ Id }) => `unnamed image ${Id.replace("sha256:", "").slice(0, 12)}`);
}
