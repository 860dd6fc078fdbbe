import { quantile } from "../../src/statistics/quantile.ts";
import { sampleOf } from "../../src/statistics/sample.ts";
import { atOnce } from "../../src/trials/volume/cases/waiting.ts";
import type { Answer } from "../../src/trials/volume/client.ts";
import { type Measurement, Series } from "../table.ts";
import { type DriverLab, msOf, serveDriver } from "./driver-lab.ts";

const VOLUMES = 1000;
const MADE_AT_ONCE = 32;
const LISTS = 20;
const RESTARTS = 5;
const HANGING = 8;
const ROUNDS = 5;
const GETS = 1000;

/** `mount` that never ends for the volumes that are named so. */
const MOUNT = `case "$*" in */hangs-*) exec sleep 1000 ;; esac
PATH=\${PATH#*:} exec mount "$@"`;

/** What a driver of many volumes knows by heart. */
export async function measureKnownVolumes(): Promise<Measurement[]> {
  await using lab = await serveDriver({ programs: { mount: MOUNT } });
  const series = new Series();
  const names = Array.from({ length: VOLUMES }, (_, index) => `bench-${index}`);
  await atOnce(names, MADE_AT_ONCE, (name) => msOf(lab.client.create(name)));
  for (let repeat = 0; repeat < LISTS; repeat++) series.add("List", await list(lab));
  for (let repeat = 0; repeat < RESTARTS; repeat++) await restart(series, lab, names);
  await getsWhileMountsHang(series, lab, names);
  const row = (what: string, unit: Measurement["unit"], name: string, wanted?: string): Measurement => ({
    ...{ what, unit, values: series.of(name) },
    ...(wanted !== undefined && { wanted }),
  });
  return [
    row(`List of ${VOLUMES} volumes`, "ms", "List", "< 100 ms"),
    row(`start with ${VOLUMES} volumes, to the first answer`, "s", "start"),
    row(`${VOLUMES} Gets at once right after it`, "s", "Gets", "< 2 s"),
    row("those that failed", "count", "failed", "0"),
    row("Get, none other at work: 99 of 100 within", "ms", "quiet"),
    row(`Get while ${HANGING} mounts hang: 99 of 100 within`, "ms", "hanging", "< 5 ms"),
  ];
}

async function list({ client }: DriverLab): Promise<number> {
  const answer = await client.list();
  const { Volumes } = answer.json as { Volumes: unknown[] };
  if (Volumes.length !== VOLUMES) throw new Error(`${Volumes.length} volumes are listed`);
  return answer.durationNs / 1e6;
}

async function restart(series: Series, { subject, process }: DriverLab, names: readonly string[]): Promise<void> {
  await process.stop();
  series.add("start", (await process.start()) / 1e3);
  const client = subject.client();
  const beganMs = performance.now();
  const answers = await Promise.all(names.map((name) => client.get(name)));
  series.add("Gets", (performance.now() - beganMs) / 1e3);
  series.add("failed", answers.filter(({ ok }) => !ok).length);
  client.close();
}

async function getsWhileMountsHang(series: Series, { subject }: DriverLab, names: readonly string[]): Promise<void> {
  const client = subject.client();
  for (let round = 0; round < ROUNDS; round++) series.add("quiet", await slowestGetsMs(client.get.bind(client), names));
  const hanging = Array.from({ length: HANGING }, (_, index) => `hangs-${index}`);
  for (const name of hanging) await msOf(client.create(name));
  const answered: Answer[] = [];
  for (const name of hanging) void client.mount(name, "bench").then((answer) => answered.push(answer));
  for (let round = 0; round < ROUNDS; round++)
    series.add("hanging", await slowestGetsMs(client.get.bind(client), [...hanging, ...names]));
  if (answered.length > 0) throw new Error(`${answered.length} mounts did not hang: ${answered[0]?.text}`);
}

/** The time that 99 of 100 of them keep, one after another. */
async function slowestGetsMs(get: (name: string) => Promise<Answer>, names: readonly string[]): Promise<number> {
  const valuesMs: number[] = [];
  for (let index = 0; index < GETS; index++) valuesMs.push(await msOf(get(names[index % names.length] ?? "")));
  return quantile(sampleOf(valuesMs), 0.99) ?? Number.NaN;
}
