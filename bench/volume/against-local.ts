import type { ContainerMount, EngineHands } from "../../src/trials/volume/subject.ts";
import { type Measurement, ratios, Series } from "../table.ts";
import { openEngineLab } from "./engine-lab.ts";

const REPEATS = 20;
const LOCAL = "local";
const STEPS = ["create", "start", "stop", "start and stop", "remove"] as const;

/**
 * What a user waits for on an engine, with our driver, with the engine's own `local`, with the one that `peerCommand`
 * serves, and without a volume, in turns.
 */
export async function measureAgainstLocal(peerCommand?: string): Promise<Measurement[]> {
  await using lab = await openEngineLab(peerCommand);
  const series = new Series();
  const others = [LOCAL, ...(lab.peer === undefined ? [] : [lab.peer])];
  const drivers = [lab.ours, ...others].map((name) => lab.hands(name));
  for (const hands of drivers) await oneLife(new Series(), hands, "warm-up");
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const hands of repeat % 2 === 0 ? drivers : drivers.toReversed())
      await oneLife(series, hands, `bench-${hands.driver}-${repeat}`);
    await startAndStop(series, lab.hands(LOCAL), "no volume", []);
  }
  const at = (driver: string, step: string) => series.of(`${driver}: ${step}`);
  return [
    ...[...series.values].map(
      ([what, values]): Measurement => ({ what: what.replace(`${lab.ours}:`, "ours:"), unit: "ms", values }),
    ),
    ...others.flatMap((other) =>
      STEPS.map(
        (step): Measurement => ({
          what: `${step}, ours / ${other}`,
          unit: "times",
          values: ratios(at(lab.ours, step), at(other, step)),
        }),
      ),
    ),
  ];
}

/** A volume from its making to its end, with one container in between. */
async function oneLife(series: Series, hands: EngineHands, name: string): Promise<void> {
  const { driver } = hands;
  series.add(`${driver}: create`, await timed(hands.createVolume({ name, options: {} })));
  await startAndStop(series, hands, driver, [{ volume: name, target: "/v" }]);
  series.add(`${driver}: remove`, await timed(hands.removeVolume(name)));
}

/** Only what mounts and unmounts is timed, not the making and removing of the container. */
async function startAndStop(
  series: Series,
  hands: EngineHands,
  name: string,
  mounts: readonly ContainerMount[],
): Promise<void> {
  const container = await hands.container({ script: "exec sleep 1000", mounts });
  const startMs = await timed(container.start());
  const stopMs = await timed(container.stop());
  await container.remove();
  series.add(`${name}: start`, startMs);
  series.add(`${name}: stop`, stopMs);
  series.add(`${name}: start and stop`, startMs + stopMs);
}

async function timed(work: Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work;
  return performance.now() - beganMs;
}
