import { z } from "zod";
import type { DiskHit, PowerCut } from "../../core/disk.ts";
import { counted } from "../../core/finding.ts";
import { formatQuantity } from "../../core/quantity.ts";
import type { FactSheet } from "../../core/report.ts";
import { quantile } from "../../statistics/quantile.ts";
import { sampleOf } from "../../statistics/sample.ts";
import { faultName, regionName } from "./words.ts";
import { FIO_MODES } from "./fio/modes.ts";
import type { FioResult, PrepareOp, Region } from "./model.ts";
import {
  createStory,
  type FaultStory,
  type IntegrityFold,
  type IntegrityJudgeContext,
  isCrash,
  readingsAfterCrash,
  type Story,
} from "./story.ts";

type Fact = [name: string, value: string];

/** What was written and what became of it, at each crash too; the storage; the faults; fio where it was used. */
export function factsOfIntegrity(context: IntegrityJudgeContext): IntegrityFold<FactSheet[]> {
  const story = createStory(context);
  return {
    see: story.see,
    finish: () => {
      const told = story.finish();
      const sheets: FactSheet[] = [
        { title: "What was written and read back", facts: told.jobs.length > 0 ? fioAmounts(told) : amounts(told) },
        { title: "At each crash", facts: shortened(crashFacts(told), "crashes") },
        { title: "The storage", facts: storageFacts(context, told) },
        { title: "Faults, and what each did", facts: shortened(faultFacts(told.faults), "faults") },
        { title: "fio's own figures", facts: fioFigures(told) },
        { title: "What fio cannot see in this mode", facts: fioBlindness(context, told) },
      ];
      return sheets.filter(({ facts }) => facts.length > 0);
    },
  };
}

/** More rows than this nobody reads; the figures have them all. */
const MOST_ROWS = 24;

function shortened(facts: readonly Fact[], what: string): Fact[] {
  if (facts.length <= MOST_ROWS) return [...facts];
  return [...facts.slice(0, MOST_ROWS), ["and more", `${facts.length - MOST_ROWS} ${what} that are not listed here`]];
}

const bytes = (count: number): string => formatQuantity(count, "bytes");
const number = (count: number): string => count.toLocaleString("en-US");
const inTotal = <Item>(items: readonly Item[], amount: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + amount(item), 0);

function amounts({ sessions, stretches, readings }: Story): Fact[] {
  const whole = readings.flatMap(({ result }) => result ?? []);
  const refused = inTotal(stretches, ({ failures }) => failures);
  const issued = inTotal(sessions, ({ issuedSteps }) => issuedSteps);
  const acknowledged = inTotal(sessions, ({ acknowledgedSteps }) => acknowledgedSteps);
  return [
    [
      "writers",
      `${counted(sessions.length, "session")}, ${sessions.filter(({ isCrashed }) => isCrashed).length} ended by a crash`,
    ],
    ["handed out", `${number(issued)} writes, ${bytes(inTotal(sessions, ({ issuedBytes }) => issuedBytes))}`],
    [
      "acknowledged",
      `${number(acknowledged)} writes, ${bytes(inTotal(sessions, ({ acknowledgedBytes }) => acknowledgedBytes))}: covered by a sync that succeeded`,
    ],
    ["calls that failed", number(refused)],
    [
      "read back",
      `${counted(whole.length, "time")}, ${bytes(inTotal(whole, ({ readBytes }) => readBytes))}${unendedText(readings.length - whole.length)}`,
    ],
    ["blocks found damaged", damageText(readings)],
  ];
}

function unendedText(count: number): string {
  return count === 0 ? "" : `; ${counted(count, "reading")} came to no end`;
}

/** By the reading that found the most of each kind: later readings find the same damage again. */
function damageText(readings: Story["readings"]): string {
  const most = new Map<string, number>();
  for (const { result } of readings)
    for (const [kind, blocks] of Object.entries(result?.counts ?? {}))
      most.set(kind, Math.max(most.get(kind) ?? 0, blocks));
  return kindsText([...most]) || "none";
}

function kindsText(counts: readonly [kind: string, blocks: number][]): string {
  return counts.flatMap(([kind, blocks]) => (blocks > 0 ? [`${number(blocks)} ${kind}`] : [])).join(", ");
}

function crashFacts(story: Story): Fact[] {
  const crashes = story.faults.filter(isCrash);
  return readingsAfterCrash(story).map((reading, i) => {
    const before = crashes.findLast(({ startNs }) => startNs < reading.startNs);
    const when = before ? `at ${formatQuantity(before.startNs, "ns")}: ` : "";
    const { uncertainSlots, keptUncertainSlots, reorderedSlots, tornInFlight, counts } = reading.result ?? NOTHING;
    const damagedBlocks = kindsText(Object.entries(counts));
    const parts = [
      `${counted(uncertainSlots, "write")} in flight: ${keptUncertainSlots} kept, ${uncertainSlots - keptUncertainSlots} not`,
      ...(reorderedSlots > 0 ? [`${reorderedSlots} lost although a later one was kept`] : []),
      ...(tornInFlight > 0 ? [`${tornInFlight} half written`] : []),
      damagedBlocks === "" ? "all else as promised" : `damaged blocks: ${damagedBlocks}`,
    ];
    return [`${i + 1}${before ? `, ${faultName(before.fault.kind)}` : ""}`, `${when}${parts.join("; ")}`];
  });
}

const NOTHING = { uncertainSlots: 0, keptUncertainSlots: 0, reorderedSlots: 0, tornInFlight: 0, counts: {} };

function storageFacts({ options, plan }: IntegrityJudgeContext, { prepared, jobs }: Story): Fact[] {
  const { disk, path, volume } = options;
  const { regions, sync, workers, queueDepth = 1, order } = plan.steps.workload;
  const isFio = jobs.length > 0 || options.engine === "fio";
  const [type, ...mountOptions] = (prepared?.fileSystem ?? "").split(" ");
  return [
    [
      "subject",
      disk
        ? `a disk of the lab, ${bytes(disk.sizeBytes)}, that can be made to lie`
        : volume === undefined
          ? (path ?? "a temporary directory of this machine")
          : `volume ${volume}`,
    ],
    ["file system", type || (disk?.fileSystem ?? "not told")],
    ...(mountOptions.length > 0 ? [["mounted", mountOptions.join(" ").replaceAll(",", ", ")] as Fact] : []),
    ...(prepared ? [["O_DIRECT", directText(prepared, options.direct)] as Fact] : []),
    ...(isFio
      ? [["files", `two of ${bytes(options.sizeBytes)} in turn, in transfers of ${bytes(options.blockBytes)}`] as Fact]
      : [
          ["sync", syncText(sync.call, sync.everySteps)] as Fact,
          [
            "writers",
            `${counted(workers, "thread")}${queueDepth > 1 ? ` with up to ${queueDepth} transfers in flight each` : ""}, slots in ${order === "random" ? "random order" : "sequence"}`,
          ] as Fact,
          ...regions.map((region): Fact => [regionName(region), regionText(region)]),
        ]),
  ];
}

function directText({ directIo }: NonNullable<PrepareOp["result"]>, wanted: string): string {
  if ("refused" in directIo) return `refused: ${directIo.refused}; the page cache is used`;
  const granule = `accepted, in multiples of ${bytes(directIo.granuleBytes)}`;
  return wanted === "off" ? `${granule}; not used, as asked for` : granule;
}

function syncText(call: string, everySteps: number): string {
  if (call === "none") return "none: nothing is ever promised";
  if (call === "o_dsync") return "O_DSYNC: each write makes itself durable";
  return `${call} after every ${everySteps} writes of a thread`;
}

function regionText({ slots, slotBytes }: Region): string {
  return `${bytes(slots * slotBytes)}: ${number(slots)} slots of ${bytes(slotBytes)}`;
}

function faultFacts(faults: readonly FaultStory[]): Fact[] {
  return faults.map(({ fault, startNs, endNs, data }) => {
    const lasted = endNs > startNs ? `, for ${formatQuantity(endNs - startNs, "ns")}` : "";
    const did = data === undefined ? "" : `: ${doneText(data)}`;
    return [`${faultName(fault.kind)} (${fault.id})`, `at ${formatQuantity(startNs, "ns")}${lasted}${did}`];
  });
}

/** What a fault says that it did, in the words of those kinds that have some; of others numbers and texts by their names. */
function doneText(data: unknown): string {
  const told = disclosed.safeParse(data);
  if (told.success) return "hits" in told.data ? hitsText(told.data.hits) : cutText(told.data);
  if (typeof data !== "object" || data === null) return String(data);
  return Object.entries(data)
    .map(([name, value]) => `${Array.isArray(value) ? value.length : String(value)} ${spaced(name)}`)
    .join(", ");
}

const disclosed = z.union([
  z.object({ hits: z.array(z.object({ what: z.string(), offset: z.number() })) }),
  z.object({ lostPages: z.number(), lostAcknowledgedPages: z.number() }),
]);

function hitsText(hits: readonly Pick<DiskHit, "what" | "offset">[]): string {
  const [first] = hits;
  return first
    ? `hit ${number(hits.length)} times, first ${first.what} at ${bytes(first.offset)} of the disk`
    : "hit nothing";
}

function cutText({ lostPages, lostAcknowledgedPages }: PowerCut): string {
  const broken =
    lostAcknowledgedPages > 0
      ? `, and of those ${number(lostAcknowledgedPages)} whose flush had been acknowledged`
      : "";
  return `${number(lostPages)} pages in the disk's cache were lost${broken}`;
}

/** "lost acknowledged pages" of lostAcknowledgedPages. */
function spaced(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

function fioAmounts({ jobs, sessions }: Story): Fact[] {
  const ended = (job: string) => jobs.flatMap(({ op }) => (op.job === job && op.result ? [op.result] : []));
  const [writes, reads] = [ended("write"), ended("verify")];
  return [
    [
      "writers",
      `${counted(sessions.length, "session")}, ${sessions.filter(({ isCrashed }) => isCrashed).length} ended by a crash`,
    ],
    ["written", `${counted(writes.length, "generation")}, ${bytes(inTotal(writes, (result) => result.bytes))}`],
    ["read back", `${counted(reads.length, "time")}, ${bytes(inTotal(reads, (result) => result.bytes))}`],
    ["jobs without an end", String(jobs.filter(({ op }) => !op.result).length)],
    ["bad extents that fio tells", String(inTotal(reads, ({ extents }) => extents.length))],
  ];
}

function fioFigures({ jobs, fio }: Story): Fact[] {
  if (jobs.length === 0) return [];
  const version: Fact[] = fio
    ? [["fio", `${fio.version}, engine ${fio.engine}, ${fio.direct ? "O_DIRECT" : "through the page cache"}`]]
    : [];
  return [
    ...version,
    ...(["write", "verify"] as const).flatMap((job) => {
      const results = jobs.flatMap(({ op }) => (op.job === job && op.result ? [op.result] : []));
      return results.length === 0 ? [] : jobFigures(job, results);
    }),
  ];
}

/** Medians over the jobs; of the greatest latency the greatest. */
function jobFigures(job: "write" | "verify", results: readonly FioResult[]): Fact[] {
  const median = (values: number[]): number => quantile(sampleOf(values), 0.5) ?? 0;
  const latencies = results.flatMap(({ latencyNs }) => latencyNs ?? []);
  const rate = formatQuantity(median(results.map((result) => result.bandwidthBytesPerSecond)), "bytes-per-second");
  const iops = formatQuantity(Math.round(median(results.map((result) => result.iops))), "count");
  const at = (name: "p50" | "p99" | "p999") => formatQuantity(median(latencies.map((latency) => latency[name])), "ns");
  return [
    [`${job}, ${counted(results.length, "job")}`, `median ${rate}, ${iops} IOPS`],
    ...(latencies.length === 0
      ? []
      : [
          [
            `${job} latency`,
            `p50 ${at("p50")}, p99 ${at("p99")}, p99.9 ${at("p999")}, at most ${formatQuantity(Math.max(...latencies.map(({ max }) => max)), "ns")}`,
          ] as Fact,
        ]),
  ];
}

function fioBlindness({ options }: IntegrityJudgeContext, { jobs }: Story): Fact[] {
  if (options.engine !== "fio" && jobs.length === 0) return [];
  const { title, unseen, partly, stderrOnly } = FIO_MODES[options.fioMode];
  return [
    ["mode", title.replaceAll("`", "")],
    ...(unseen.length > 0 ? [["passes as right", unseen.join(", ")] as Fact] : []),
    ...(partly.length > 0 ? [["tells of one of two", partly.join(", ")] as Fact] : []),
    ...(stderrOnly.length > 0 ? [["on standard error only", stderrOnly.join(", ")] as Fact] : []),
    ["the kind of damage", "fio says that a block is wrong, not whether it was lost, torn, misplaced or another's"],
    ["a cut generation", "what a crash left of it is not judged: fio does not know what a sync had covered"],
    ["order", "which of two writes came first, and whether one was lost between two that were kept"],
  ];
}
