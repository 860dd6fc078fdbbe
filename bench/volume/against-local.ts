import type { VolumeOptions } from "../../src/trials/volume/model.ts";
import type { ContainerMount, EngineHands } from "../../src/trials/volume/subject.ts";
import { type Measurement, ratios, Series } from "../table.ts";
import type { EngineLab } from "./engine-lab.ts";
import type { Peer } from "./peer.ts";

const REPEATS = 20;
const LOCAL = "local";
const STEPS = ["create", "start", "stop", "start and stop", "remove", "from create to remove"] as const;

/**
 * What a user waits for on an engine that `open` gives, with our driver, with the engine's own `local`, with the other one
 * where the engine has it, and without a volume, in turns.
 */
export async function measureAgainstLocal(open: () => Promise<EngineLab>, peer?: Peer): Promise<Measurement[]> {
  await using lab = await open();
  const oneLifeOf = (series: Series, hands: EngineHands, name: string) =>
    oneLife(series, hands, { name, options: hands.driver === lab.peer ? (peer?.optionsOf(name) ?? {}) : {} });
  const series = new Series();
  const others = [LOCAL, ...(lab.peer === undefined ? [] : [lab.peer])];
  const drivers = [lab.ours, ...others].map((name) => lab.hands(name));
  for (const hands of drivers) await oneLifeOf(new Series(), hands, "warm-up");
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const hands of repeat % 2 === 0 ? drivers : drivers.toReversed())
      await oneLifeOf(series, hands, `bench-${hands.driver}-${repeat}`);
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
async function oneLife(
  series: Series,
  hands: EngineHands,
  volume: { name: string; options: VolumeOptions },
): Promise<void> {
  const { driver } = hands;
  const { name } = volume;
  const createMs = await timed(hands.createVolume(volume));
  const usedMs = await startAndStop(series, hands, driver, [{ volume: name, target: "/v" }]);
  const removeMs = await timed(hands.removeVolume(name));
  series.add(`${driver}: create`, createMs);
  series.add(`${driver}: remove`, removeMs);
  series.add(`${driver}: from create to remove`, createMs + usedMs + removeMs);
}

/** Only what mounts and unmounts is timed, not the making and removing of the container. Gives both times' sum. */
async function startAndStop(
  series: Series,
  hands: EngineHands,
  name: string,
  mounts: readonly ContainerMount[],
): Promise<number> {
  const container = await hands.container({ script: "exec sleep 1000", mounts });
  const startMs = await timed(container.start());
  const stopMs = await timed(container.stop());
  await container.remove();
  series.add(`${name}: start`, startMs);
  series.add(`${name}: stop`, stopMs);
  series.add(`${name}: start and stop`, startMs + stopMs);
  return startMs + stopMs;
}

async function timed(work: Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work;
  return performance.now() - beganMs;
}
