import { type Measurement, ratios, Series } from "../table.ts";
import { type DriverLab, msOf, serveDriver } from "./driver-lab.ts";
import type { Peer } from "./peer.ts";

const REPEATS = 200;
const CALLS = ["create", "mount", "get", "unmount", "remove"] as const;

/** One volume after another, from its making to its end, at the driver's socket. */
export async function measureAtSocket(): Promise<Measurement[]> {
  await using ours = await serveDriver();
  const series = new Series();
  await oneLife(new Series(), "ours", ours, "warm-up");
  for (let repeat = 0; repeat < REPEATS; repeat++) await oneLife(series, "ours", ours, `bench-${repeat}`);
  return CALLS.map((call) => ({ what: call, unit: "ms", values: series.of(`ours: ${call}`) }));
}

/** The same with another driver, in turns, each in a host of its own on one file system. */
export async function measureAgainstPeer({ command, optionsOf }: Peer): Promise<Measurement[]> {
  await using ours = await serveDriver();
  await using peer = await serveDriver({ command });
  const labs = [["ours", ours] as const, ["peer", { ...peer, optionsOf }] as const];
  const series = new Series();
  for (const [name, lab] of labs) await oneLife(new Series(), name, lab, "warm-up");
  for (let repeat = 0; repeat < REPEATS; repeat++)
    for (const [name, lab] of repeat % 2 === 0 ? labs : labs.toReversed())
      await oneLife(series, name, lab, `bench-${repeat}`);
  return CALLS.flatMap((call): Measurement[] => {
    const [mine, other] = [series.of(`ours: ${call}`), series.of(`peer: ${call}`)];
    return [
      { what: `ours: ${call}`, unit: "ms", values: mine },
      { what: `peer: ${call}`, unit: "ms", values: other },
      { what: `${call}, ours / peer`, unit: "times", values: ratios(mine, other) },
    ];
  });
}

interface Served extends Pick<DriverLab, "client">, Partial<Pick<Peer, "optionsOf">> {}

async function oneLife(series: Series, driver: string, { client, optionsOf }: Served, name: string): Promise<void> {
  const add = async (call: (typeof CALLS)[number], answer: ReturnType<typeof client.get>) =>
    series.add(`${driver}: ${call}`, await msOf(answer));
  await add("create", client.create(name, optionsOf?.(name)));
  await add("mount", client.mount(name, "bench"));
  await add("get", client.get(name));
  await add("unmount", client.unmount(name, "bench"));
  await add("remove", client.remove(name));
}
