import { createRandom } from "../../src/core/random.ts";
import { createBodyMaker } from "../../src/trials/volume/cases/protocol/odd-bodies.ts";
import { atOnce } from "../../src/trials/volume/cases/waiting.ts";
import { type Measurement, Series } from "../table.ts";
import { type DriverLab, msOf, serveDriver } from "./driver-lab.ts";

const REQUESTS = 100_000;
const ROUNDS = 5;
const WARM_UP = 5000;
const AT_ONCE = 32;

/** Bodies made from right ones by chance, as case P06 makes them. @throws Error where the driver falls silent or ends */
export async function measureFlood(): Promise<Measurement[]> {
  await using lab = await serveDriver();
  const random = createRandom("flood");
  let count = 0;
  const make = createBodyMaker(random, { name: () => `bench-${count++}`, mountId: () => "bench" });
  const send = async () => {
    const { method, body } = make();
    const { silence } = await lab.client.request({ path: `/VolumeDriver.${method}`, body });
    if (silence) throw new Error(`${method} with ${body.toString("latin1").slice(0, 200)}: no answer, ${silence}`);
  };
  const pid = lab.process.pid();
  await atOnce(Array.from({ length: WARM_UP }), AT_ONCE, send);
  const series = new Series();
  const before = await residentBytes(lab);
  for (let round = 0; round < ROUNDS; round++) {
    const beganMs = performance.now();
    await atOnce(Array.from({ length: REQUESTS / ROUNDS }), AT_ONCE, send);
    series.add("rate", (REQUESTS / ROUNDS / (performance.now() - beganMs)) * 1e3);
    series.add("resident", await residentBytes(lab));
  }
  await msOf(lab.client.list());
  if (lab.process.pid() !== pid) throw new Error("the driver has ended, and is another process now");
  return [
    { what: "bad requests", unit: "per-second", values: series.of("rate") },
    { what: "resident before", unit: "bytes", values: [before] },
    { what: `resident after each ${REQUESTS / ROUNDS}`, unit: "bytes", values: series.of("resident") },
    { what: "grown in the end by", unit: "bytes", values: [(series.of("resident").at(-1) ?? 0) - before] },
  ];
}

async function residentBytes({ process }: DriverLab): Promise<number> {
  return (await process.usage()).residentBytes;
}
