import { randomBytes } from "node:crypto";
import { messageOf } from "../../core/errors.ts";
import type { Environment, EnvironmentSpec, OpenContext, RuntimeSettings } from "../../core/runtime.ts";
import { type EnvironmentDisks, openDisks } from "../disks.ts";
import type { Engine } from "./connect.ts";
import { launch, removeContainer, type RunningContainer } from "./container.ts";
import { engineName } from "./container-options.ts";
import { processControls } from "./controls.ts";
import { fail } from "./errors.ts";
import type { AgentImage } from "./image.ts";
import { requireSameKernel } from "./same-kernel.ts";

/** Removing has a time limit of its own, whatever ended the work. */
const REMOVE_LIMIT_MS = 30_000;

/** What an environment is opened with, beside its own specification. */
export interface EnvironmentParts {
  engine: Engine;
  /** One for each container, in their order. */
  images: readonly AgentImage[];
  settings: RuntimeSettings;
  /** Whether it offers the control `disk`. */
  hasDisks: boolean;
}

/**
 * Starts all containers of an environment at once; when one fails, none stays.
 * @throws what `launch` and `openDisks` throw, DISKS_ELSEWHERE, or the signal's reason
 */
export async function openEnvironment(
  spec: EnvironmentSpec,
  { engine, images, settings, hasDisks }: EnvironmentParts,
  context: OpenContext,
): Promise<Environment> {
  const { owner, signal, progress } = context;
  const nonce = randomBytes(4).toString("hex");
  const fullName = (name: string) => engineName(owner.runId, spec.name, name, nonce);
  const settingOf = (name: string, image: AgentImage | undefined) => {
    if (!image) throw new RangeError(`no image for the container "${name}"`);
    return { fullName: fullName(name), environment: spec.name, owner, image };
  };
  if (spec.disks?.length && !hasDisks) throw fail("DISKS_ELSEWHERE", "no disks can be made on this machine");
  if (spec.disks?.length) await requireSameKernel(engine, settingOf("kernel", images[0]), signal);
  const disks = await openDisks(spec, context, settings);
  const names = spec.containers.map(({ name }) => fullName(name));
  const remove = async () => {
    try {
      await removeAll(engine, names);
    } finally {
      await disks[Symbol.asyncDispose]();
    }
  };
  try {
    const launches = spec.containers.map((container, at) => {
      const disksNow = () => disks.mountsFor(container);
      return launch(engine, container, { ...settingOf(container.name, images[at]), disksNow });
    });
    const containers = await allOrFirstFailure(launches);
    signal.throwIfAborted();
    return environmentOf(spec.name, { containers, disks, hasDisks, remove });
  } catch (error) {
    await remove().catch((problem: unknown) => progress(messageOf(problem)));
    throw error;
  }
}

interface OpenParts {
  containers: readonly RunningContainer[];
  disks: EnvironmentDisks;
  hasDisks: boolean;
  remove(): Promise<void>;
}

function environmentOf(name: string, { containers, disks, hasDisks, remove }: OpenParts): Environment {
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
  const bare = processControls(find);
  return {
    name,
    controls: {
      process: { ...bare, ...disks.guard(bare) },
      ...(hasDisks ? { disk: disks.control(bare) } : {}),
    },
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
