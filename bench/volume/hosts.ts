import { setTimeout as delay } from "node:timers/promises";
import { appendScript, countScript, type Writing } from "../../src/trials/volume/cases/engine/append-script.ts";
import type { EngineHands } from "../../src/trials/volume/subject.ts";
import { type Measurement, Series } from "../table.ts";
import { openCephfsHosts } from "./cephfs-lab.ts";

const VOLUMES = 50;
const LOOK_EVERY_MS = 5;
const GIVE_UP_MS = 30_000;
const ROUNDS = 3;
const CROWD = { writers: 20, records: 100 } as const;
const ALL = CROWD.writers * CROWD.records;

type Hosts = readonly [here: EngineHands, there: EngineHands];

/** What two hosts on one CephFS see of each other, through an engine on each. */
export async function measureHosts(): Promise<Measurement[]> {
  await using lab = await openCephfsHosts();
  const series = new Series();
  for (let count = 0; count < VOLUMES; count++) await comeAndGo(series, lab.hosts, `bench-${count}`);
  for (let round = 0; round < ROUNDS; round++) await append(series, lab.hosts, `bench-append-${round}`);
  const row = (what: string, unit: Measurement["unit"], name = what, wanted?: string): Measurement[] => [
    { what, unit, values: series.of(name), ...(wanted !== undefined && { wanted }) },
  ];
  const longest = (what: string): Measurement => ({
    ...{ what: "the longest of them", unit: "ms", values: [Math.max(...series.of(what))], wanted: "< 1 s" },
  });
  return [
    ...row("made on one host, until the other's engine lists it", "ms", "listed"),
    longest("listed"),
    ...row("made on one host, until the other's engine inspects it", "ms", "found"),
    longest("found"),
    ...row("removed on one host, until the other's engine lists it no more", "ms", "gone"),
    longest("gone"),
    ...row(`${ALL} records of ${CROWD.writers} containers on both, under a lock`, "s", "locked"),
    ...row("of them lost", "count", "locked: lost", "0"),
    ...row("the same without a lock, the file kept open", "s", "bare"),
    ...row("of them lost", "count", "bare: lost"),
  ];
}

/** One volume. Odd ones are made on the second host. */
async function comeAndGo(series: Series, hosts: Hosts, name: string): Promise<void> {
  const [here, there] = /[13579]$/.test(name) ? ([hosts[1], hosts[0]] as const) : hosts;
  await here.createVolume({ name, options: {} });
  series.add("listed", await msUntil(async () => (await there.volumes()).includes(name)));
  const other = `${name}-found`;
  await here.createVolume({ name: other, options: {} });
  series.add("found", await msUntil(async () => (await there.volume(other)) !== undefined));
  await here.removeVolume(other);
  await here.removeVolume(name);
  series.add("gone", await msUntil(async () => !(await there.volumes()).includes(name)));
}

async function msUntil(holds: () => Promise<boolean>): Promise<number> {
  const beganMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - beganMs > GIVE_UP_MS) throw new Error(`not within ${GIVE_UP_MS / 1000} s`);
    await delay(LOOK_EVERY_MS);
  }
  return performance.now() - beganMs;
}

async function append(series: Series, hosts: Hosts, volume: string): Promise<void> {
  await hosts[0].createVolume({ name: volume, options: {} });
  for (const how of ["locked", "bare"] as const) {
    const writing: Writing = { how, ...CROWD };
    const beganMs = performance.now();
    await Promise.all(
      Array.from({ length: CROWD.writers }, (_, index) =>
        outputOf(hosts[index % 2 === 0 ? 0 : 1], volume, appendScript(String(index), writing)),
      ),
    );
    series.add(how, (performance.now() - beganMs) / 1e3);
    for (const host of hosts) {
      const kept = Number(await outputOf(host, volume, countScript(writing)));
      series.add(`${how}: lost`, ALL - kept);
    }
  }
  await hosts[0].removeVolume(volume);
}

/** Of one container from its start to its end. @throws Error where that is not 0 */
async function outputOf(host: EngineHands, volume: string, script: string): Promise<string> {
  const container = await host.container({ script, mounts: [{ volume, target: "/v" }] });
  await container.start();
  const status = await container.ended();
  const output = await container.output();
  await container.remove();
  if (status !== 0) throw new Error(`a container has ended with ${status}: ${output}`);
  return output;
}
