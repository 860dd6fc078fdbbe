import type { Owner } from "../../core/runtime.ts";
import type { Engine } from "./connect.ts";
import { removeContainer } from "./container.ts";
import { accepting, refused } from "./engine-error.ts";
import { LABEL, ownerOf } from "./labels.ts";

/** Removes what labs that no longer live left on the engine; never what has no label of ours or a living owner. */
export async function sweepEngine(
  engine: Engine,
  isAlive: (owner: Owner) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    return [...(await sweepContainers(engine, isAlive, signal)), ...(await sweepImages(engine, signal))];
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
  const removed: string[] = [];
  for (const { Id, Names, Labels, State } of containers) {
    const owner = ownerOf(Labels);
    if (!owner || isAlive(owner)) continue;
    await removeContainer(engine, Id, signal);
    removed.push(`container ${Names[0]?.replace(/^\//, "") ?? Id} (${State}) of run ${owner.runId}`);
  }
  return removed;
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
