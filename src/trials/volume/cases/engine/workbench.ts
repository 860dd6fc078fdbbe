import { isWithin } from "../../../../core/mount-info.ts";
import type { VolumeOptions } from "../../model.ts";
import { namedOptions } from "../../named-options.ts";
import {
  type ContainerMount,
  type ContainerSpec,
  type EngineContainer,
  type EngineHands,
  EngineRefused,
} from "../../subject.ts";
import type { CaseContext } from "../case.ts";
import { toldMount } from "../sight.ts";

/** What came of a container that has ended. */
export interface Ran {
  /** Of its shell; -1 where the engine did not start it. */
  status: number;
  /** All that it printed, or what the engine said. */
  output: string;
}

type More = Omit<ContainerSpec, "script" | "mounts">;

/** An engine as cases use it. All that is made through it is removed after the case. */
export interface Workbench {
  engine: EngineHands;
  /** Makes a volume with the options that the user said are good; ends the case where that fails. */
  volume(options?: VolumeOptions): Promise<string>;
  /** A name for a volume that is made on the way. */
  unmade(): string;
  /** Makes a container and does not start it; ends the case where that fails. */
  container(script: string, mounts: readonly ContainerMount[], more?: More): Promise<EngineContainer>;
  /** The same, and where it fails the engine's own refusal. @throws EngineRefused */
  raw(script: string, mounts: readonly ContainerMount[], more?: More): Promise<EngineContainer>;
  /** A container that runs; ends the case where it does not start. */
  start(script: string, mounts: readonly ContainerMount[], more?: More): Promise<EngineContainer>;
  /** A container from its start to its end. */
  run(script: string, mounts: readonly ContainerMount[], more?: More): Promise<Ran>;
}

/** A container that does nothing until it is killed. */
export const IDLE = "sleep 3600";

/** @throws Error for a case that does not say that it needs an engine */
export function workbench(context: CaseContext, engine = context.subject.engine): Workbench {
  if (!engine) throw new Error("the case uses an engine and does not say that it needs one");
  const unmade = () => {
    const name = context.name();
    context.defer(async () => {
      if ((await engine.volume(name)) !== undefined) await engine.removeVolume(name, true);
    });
    return name;
  };
  const make = async (spec: ContainerSpec) => {
    const made = await engine.container(spec);
    context.defer(() => made.remove());
    return made;
  };
  const bench: Workbench = {
    ...{ engine, unmade },
    volume: async (options = context.subject.options.good) => {
      const name = unmade();
      await demanded(context, "The engine makes a volume.", engine.createVolume({ name, options }));
      return name;
    },
    raw: (script, mounts, more) => make({ script, mounts, ...more }),
    container: (script, mounts, more) =>
      demanded(context, "The engine makes a container with the volume.", bench.raw(script, mounts, more)),
    start: async (script, mounts, more) => {
      const container = await bench.container(script, mounts, more);
      await demanded(context, "A container starts with the volume.", container.start());
      return container;
    },
    run: async (script, mounts, more) => {
      try {
        const container = await make({ script, mounts, ...more });
        await container.start();
        const status = await container.ended();
        const output = await container.output();
        await container.remove();
        return { status, output };
      } catch (error) {
        return { status: -1, output: wordsOf(error) };
      }
    },
  };
  return bench;
}

/** What the engine gives; ends the case where it refuses. */
export async function demanded<T>(context: CaseContext, what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    context.demand(what, false, wordsOf(error));
    throw error;
  }
}

/** What the engine said against it; "" where it did it. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    return wordsOf(error);
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof EngineRefused) return error.message || `status ${error.status}`;
  throw error;
}

/** Checks that a container did all that it was to do. */
export function checkRan(context: CaseContext, what: string, ran: Ran, output = ran.output): boolean {
  return context.check(what, ran.status === 0 && ran.output === output, toldRan(ran));
}

/** `status 1: cat: /v/mark: No such file` */
export function toldRan({ status, output }: Ran): string {
  return `${status < 0 ? "not started" : `status ${status}`}: ${output.trim() || "nothing printed"}`;
}

/** A volume at `/v`, or where it is said. */
export function at(volume: string, target = "/v", more: Partial<ContainerMount> = {}): ContainerMount {
  return { volume, target, ...more };
}

/** The same for a volume that is made on the way where it is missing: with the options that the user said are good. */
export function onTheWay({ subject }: CaseContext, volume: string, target?: string): ContainerMount {
  const { good: options } = subject.options;
  return at(volume, target, Object.keys(options).length > 0 ? { made: { options, labels: {} } } : {});
}

/** Whether an engine, which sorts them, tells of the options that a volume of this name was made with. */
export function hasOptions(name: string, told: VolumeOptions | undefined, options: VolumeOptions): boolean {
  return told !== undefined && isSame(told, namedOptions(options, name));
}

/** Whether both have the same texts by the same names, in whatever order. */
export function isSame(one: VolumeOptions, other: VolumeOptions): boolean {
  const sorted = (record: VolumeOptions) =>
    JSON.stringify(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(one) === sorted(other);
}

/** What the driver has mounted, as texts; nothing where it cannot be seen. */
export async function driverMounts({ subject: { mounts } }: CaseContext): Promise<string[]> {
  if (!mounts) return [];
  const { root, table } = mounts;
  return (await table()).filter((mount) => mount.path !== root && isWithin(mount.path, root)).map(toldMount);
}

/** Checks that the volume goes at its first removal. */
export async function checkRemoved(context: CaseContext, { engine }: Workbench, name: string): Promise<void> {
  const said = await refusal(engine.removeVolume(name));
  context.check("The volume can be removed.", said === "", said || "removed");
}
