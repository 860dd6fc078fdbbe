import { createRandom } from "../../src/core/random.ts";
import { messageOf } from "../../src/core/errors.ts";
import type { EngineHands } from "../../src/trials/volume/subject.ts";
import { type Measurement, Series } from "../table.ts";
import type { EngineLab } from "./engine-lab.ts";

const AT_ONCE = 10;
const LONGEST_LIFE_MS = 300;

/** Containers with `--rm`, ten at once, on an engine that `open` gives. */
export async function measureRaces(open: () => Promise<EngineLab>): Promise<Measurement[]> {
  await using lab = await open();
  const { hands: handsOf, ours } = lab;
  const rounds = Number(process.env["SEATRIAL_BENCH_ROUNDS"] || 100);
  const hands = handsOf(ours);
  const series = new Series();
  for (let round = 0; round < rounds; round++) await startOnNew(series, hands, `race-${round}`);
  await comeAndGo(series, hands, rounds);
  return ["a new volume", "an existing volume"].flatMap((where): Measurement[] => [
    { what: `start, ${AT_ONCE} at once on ${where}`, unit: "ms", values: series.of(where) },
    {
      what: `failures on ${where}, of ${rounds * AT_ONCE}`,
      unit: "count",
      values: [series.of(`${where}: failure`).length],
      wanted: "0",
    },
  ]);
}

/** The volume is made on the way by whoever comes first. */
async function startOnNew(series: Series, hands: EngineHands, name: string): Promise<void> {
  const script = (index: number) => `echo x >/v/${index} && exec sleep 0.2`;
  await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => passing(series, "a new volume", hands, [name, script(index)])),
  );
  await hands.removeVolume(name);
}

/** The next ones start while the last ones end. */
async function comeAndGo(series: Series, hands: EngineHands, rounds: number): Promise<void> {
  const where = "an existing volume";
  const random = createRandom("races");
  const name = "race";
  await hands.createVolume({ name, options: {} });
  await passing(new Series(), where, hands, [name, "echo there >/v/mark"]);
  const all: Promise<void>[] = [];
  for (let round = 0; round < rounds; round++) {
    const batch = Array.from({ length: AT_ONCE }, () => {
      const lifeMs = random.below(LONGEST_LIFE_MS);
      return passing(series, where, hands, [name, `[ "$(cat /v/mark)" = there ] && exec sleep ${lifeMs / 1000}`]);
    });
    all.push(...batch);
    await Promise.race(batch);
  }
  await Promise.all(all);
  await hands.removeVolume(name);
}

/** One container to its end; what goes wrong is counted, and told. */
async function passing(
  series: Series,
  where: string,
  hands: EngineHands,
  [volume, script]: readonly [string, string],
): Promise<void> {
  try {
    const container = await hands.container({ script, mounts: [{ volume, target: "/v" }], isPassing: true });
    const ended = container.ended();
    ended.catch(() => undefined);
    const beganMs = performance.now();
    await container.start();
    series.add(where, performance.now() - beganMs);
    const status = await ended;
    if (status !== 0) throw new Error(`a container has ended with ${status}`);
  } catch (error) {
    series.add(`${where}: failure`, 1);
    process.stderr.write(`${where}: ${messageOf(error)}\n`);
  }
}
