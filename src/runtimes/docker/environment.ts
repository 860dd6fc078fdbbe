import { randomBytes } from "node:crypto";
import { messageOf } from "../../core/errors.ts";
import type { Environment, EnvironmentSpec, OpenContext } from "../../core/runtime.ts";
import type { Engine } from "./connect.ts";
import { launch, removeContainer, type RunningContainer } from "./container.ts";
import { engineName } from "./container-options.ts";
import { processControls } from "./controls.ts";
import { fail } from "./errors.ts";
import type { AgentImage } from "./image.ts";

/** Removing has a time limit of its own, whatever ended the work. */
const REMOVE_LIMIT_MS = 30_000;

/**
 * Starts all containers of an environment at once; when one fails, none stays.
 * @throws what `launch` throws, or the signal's reason
 */
export async function openEnvironment(
  engine: Engine,
  spec: EnvironmentSpec,
  images: readonly AgentImage[],
  { owner, signal, progress }: OpenContext,
): Promise<Environment> {
  const nonce = randomBytes(4).toString("hex");
  const fullName = (name: string) => engineName(owner.runId, spec.name, name, nonce);
  const remove = () =>
    removeAll(
      engine,
      spec.containers.map(({ name }) => fullName(name)),
    );
  try {
    const launches = spec.containers.map((container, at) => {
      const image = images[at];
      if (!image) throw new RangeError(`no image for the container "${container.name}"`);
      return launch(engine, container, { fullName: fullName(container.name), environment: spec.name, owner, image });
    });
    const containers = await allOrFirstFailure(launches);
    signal.throwIfAborted();
    return environmentOf(spec.name, containers, remove);
  } catch (error) {
    await remove().catch((problem: unknown) => progress(messageOf(problem)));
    throw error;
  }
}

function environmentOf(
  name: string,
  containers: readonly RunningContainer[],
  remove: () => Promise<void>,
): Environment {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const find = (wanted: string): RunningContainer => {
    const found = byName.get(wanted);
    if (!found) throw new RangeError(`no container named "${wanted}" in the environment "${name}"`);
    return found;
  };
  const close = async () => {
    await Promise.all(containers.map((container) => container.noMoreStarts()));
    await remove();
  };
  let removal: Promise<void> | undefined;
  return {
    name,
    controls: { process: processControls(find) },
    container: find,
    [Symbol.asyncDispose]: () => (removal ??= close()),
  };
}

/** Waits for all, so that nothing is still being made when the caller cleans up. */
async function allOrFirstFailure<Result>(work: Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function removeAll(engine: Engine, names: readonly string[]): Promise<void> {
  const deadline = AbortSignal.timeout(REMOVE_LIMIT_MS);
  const removals = await Promise.allSettled(names.map((name) => removeContainer(engine, name, deadline)));
  const problems = removals.flatMap((removal, at) =>
    removal.status === "rejected" ? [`${names[at]}: ${messageOf(removal.reason).trim()}`] : [],
  );
  if (problems.length > 0) {
    const remedy = "When the engine answers again, run `seatrial sweep`.";
    throw fail("ENGINE_REFUSED", `removing containers: ${problems.join("; ")}`, { remedy });
  }
}
