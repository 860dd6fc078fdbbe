import type { PlannedFault } from "../../core/fault.ts";
import type { Random } from "../../core/random.ts";
import type { ContainerSpec, EnvironmentSpec } from "../../core/runtime.ts";
import type { TrialPlan } from "../../core/trial.ts";
import { integrityError } from "./errors.ts";
import { BLOCK_BYTES, type Region, type RegionKind, type Workload } from "./model.ts";
import type { IntegrityOptions, WorkloadName } from "./options.ts";

export const ENVIRONMENT = "storage";
export const CONTAINERS = { writer: "writer", reader: "reader" } as const;
export const DISK = "disk";

/** Where the storage is inside a container, and the directory of the run below it. */
export const INSIDE = "/subject";

/** What the trial will do, beside faults and containers. */
export interface IntegritySteps {
  workload: Workload;
  /** Below `INSIDE`: a volume or a path may hold other things. */
  directory: string;
  /** How many crashes, and from them how many verifications, are to be expected. */
  crashes: number;
}

export type IntegrityPlan = TrialPlan<IntegritySteps>;

const SETUP_MS = 1500;
/** What it takes to start a container again. */
const START_MS = 600;
/** Typical bytes a millisecond when everything is read back. */
const READ_BYTES_PER_MS = 500_000;

/** @throws INTEGRITY_SUBJECT, INTEGRITY_QUEUE, INTEGRITY_ENGINE, INTEGRITY_GEOMETRY when the options contradict each other. */
export function planIntegrity(options: IntegrityOptions, random: Random): IntegrityPlan {
  checkSubject(options);
  checkQueue(options);
  if (options.engine === "fio") checkFioOptions(options);
  const workload = planWorkload(options, random.fork("workload"));
  checkGeometry(options, workload);
  const crashes = planCrashes(options, random.fork("crashes"));
  const further = options.faults.map(
    ({ kind, spec, startMs, durationMs }, index): PlannedFault => ({
      id: `fault-${index}`,
      kind,
      spec,
      environment: ENVIRONMENT,
      startMs,
      durationMs,
    }),
  );
  return {
    environments: [planEnvironment(options)],
    ...(options.path === undefined ? {} : { workdirParent: options.path }),
    faults: [...crashes, ...further],
    steps: { workload, directory: directoryOf(options, workload), crashes: crashes.length },
    estimate: {
      durationMs: SETUP_MS + options.durationMs + crashes.length * recoveryMs(options) + 3 * verifyMs(options),
      operations: Math.ceil(options.durationMs / 100) * options.workers,
    },
  };
}

function checkSubject({ path, volume, disk, crash }: IntegrityOptions): void {
  const named = [path, volume, disk].filter((one) => one !== undefined).length;
  if (named > 1) throw integrityError("INTEGRITY_SUBJECT", "--path, --volume and --disk exclude each other");
  if (disk === undefined && (crash === "power-cut" || crash === "both"))
    throw integrityError("INTEGRITY_SUBJECT", "only a disk of the lab can have its power cut", {
      remedy: "Give --disk ext4 (as root) too, or choose --crash kill.",
    });
}

/** Every transfer in flight has its bytes in memory. */
const MOST_QUEUED_BYTES = 256 * 2 ** 20;

/** A queue that would never hold more than one is not what was asked for. */
function checkQueue({ queueDepth = 1, workload, direct, workers, blockBytes }: IntegrityOptions): void {
  if (queueDepth === 1) return;
  const fail = (detail: string) => integrityError("INTEGRITY_QUEUE", `--queue-depth ${queueDepth} ${detail}`);
  if (!KINDS[workload].includes("in-place"))
    throw fail(`with --workload ${workload}: only large files that keep their size have one`);
  if (direct === "off") throw fail("with --direct off: through the page cache nothing is queued");
  const queuedBytes = workers * queueDepth * blockBytes;
  if (queuedBytes > MOST_QUEUED_BYTES)
    throw integrityError(
      "INTEGRITY_GEOMETRY",
      `${workers} workers with ${queueDepth} transfers of ${blockBytes} bytes keep ${queuedBytes} bytes in flight`,
      {
        remedy: `Give fewer --workers, a lower --queue-depth or a smaller --block-size: at most ${MOST_QUEUED_BYTES}.`,
      },
    );
}

/** What fio would pass over in silence: it writes large files, as fast as it can, and syncs at the end. */
function checkFioOptions({ workload, sync, rateBytesPerSecond }: IntegrityOptions): void {
  const fail = (detail: string) => integrityError("INTEGRITY_ENGINE", `--engine fio with ${detail}`);
  if (KINDS[workload].length === 1 && !KINDS[workload].includes("in-place")) throw fail(`--workload ${workload}`);
  if (sync !== "fdatasync") throw fail(`--sync ${sync}`);
  if (rateBytesPerSecond !== undefined) throw fail("--rate");
}

/** fio writes them in turn. */
const FIO_FILES = 2;

function checkGeometry(
  { disk, engine, blockBytes, sizeBytes }: IntegrityOptions,
  { regions, workers }: Workload,
): void {
  const fail = (detail: string) => integrityError("INTEGRITY_GEOMETRY", detail);
  if (blockBytes % BLOCK_BYTES !== 0) throw fail(`--block-size ${blockBytes} is not a multiple of ${BLOCK_BYTES}`);
  if (sizeBytes % blockBytes !== 0) throw fail(`--size ${sizeBytes} is not a multiple of --block-size ${blockBytes}`);
  const small = regions.find(({ kind, slots }) => kind !== "append" && slots < workers);
  if (small) throw fail(`${workers} workers cannot share the ${small.slots} slot(s) of the ${small.kind} region`);
  const wantedBytes =
    engine === "fio"
      ? FIO_FILES * sizeBytes
      : regions.reduce((sum, { slots, slotBytes }) => sum + slots * slotBytes, 0);
  if (disk && wantedBytes > disk.sizeBytes)
    throw integrityError("INTEGRITY_GEOMETRY", `the files need ${wantedBytes} bytes, the disk has ${disk.sizeBytes}`, {
      remedy: "Give a smaller --size, or a larger disk with --set disk.sizeBytes=4GiB.",
    });
}

const KINDS: Readonly<Record<WorkloadName, readonly RegionKind[]>> = {
  sequential: ["in-place"],
  random: ["in-place"],
  append: ["append"],
  "small-files": ["files"],
  replace: ["replace"],
  mixed: ["in-place", "append", "files", "replace"],
};

function planWorkload(options: IntegrityOptions, random: Random): Workload {
  const large = { slots: Math.floor(options.sizeBytes / options.blockBytes), slotBytes: options.blockBytes };
  const small = { slots: options.files, slotBytes: BLOCK_BYTES };
  const regions = KINDS[options.workload].map(
    (kind, index): Region => ({ id: index + 1, kind, ...(kind === "in-place" || kind === "append" ? large : small) }),
  );
  return {
    runId: Array.from({ length: 4 }, () =>
      random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    ).join(""),
    regions,
    // A log has one writer: others would have nothing to do.
    workers: options.workload === "append" ? 1 : options.workers,
    ...(options.queueDepth === undefined || options.queueDepth === 1 ? {} : { queueDepth: options.queueDepth }),
    order: options.workload === "sequential" ? "sequential" : "random",
    sync: { call: options.sync, everySteps: options.syncEvery },
  };
}

function planEnvironment(options: IntegrityOptions): EnvironmentSpec {
  const { disk, volume, image } = options;
  const storage: Partial<ContainerSpec> = disk
    ? { disks: [{ disk: DISK, target: INSIDE }] }
    : volume === undefined
      ? { binds: [{ source: "{workdir}/data", target: INSIDE }] }
      : { volumes: [{ volume, target: INSIDE }] };
  const container = (name: string): ContainerSpec => ({
    name,
    binds: [],
    tmpfs: [],
    ...storage,
    ...(options.engine === "fio" ? { programs: ["fio"] } : {}),
    ...(image === undefined ? {} : { image }),
  });
  const names = options.secondReader ? [CONTAINERS.writer, CONTAINERS.reader] : [CONTAINERS.writer];
  return {
    name: ENVIRONMENT,
    containers: names.map(container),
    ...(disk ? { disks: [diskSpec(disk)] } : {}),
  };
}

function diskSpec({ fileSystem, sizeBytes, mountOptions, record }: NonNullable<IntegrityOptions["disk"]>) {
  return {
    name: DISK,
    sizeBytes,
    fileSystem,
    mountOptions,
    ...(record ? { log: `{artifacts}/${DISK_LOG}` } : {}),
  };
}

/** The disk's log in the trial's artifacts. */
export const DISK_LOG = "disk.log";

/** A volume that is not ours gets a directory of the run's own. */
function directoryOf({ volume }: IntegrityOptions, { runId }: Workload): string {
  return volume === undefined ? `${INSIDE}/seatrial` : `${INSIDE}/seatrial-${runId.slice(0, 8)}`;
}

const recoveryMs = (options: IntegrityOptions): number => options.downMs + START_MS + verifyMs(options);

const verifyMs = ({ sizeBytes }: IntegrityOptions): number => Math.ceil((2 * sizeBytes) / READ_BYTES_PER_MS);

/** Each crash has its share of the time, and comes somewhere in it, but not at its very edges. */
function planCrashes(options: IntegrityOptions, random: Random): PlannedFault[] {
  const shareMs = options.durationMs / Math.max(1, options.crashes);
  return Array.from({ length: options.crashes }, (_, index): PlannedFault => {
    const kind = crashKind(options, random, index);
    return {
      id: `crash-${index}`,
      kind,
      spec: kind === "crash" ? { container: CONTAINERS.writer } : { disk: DISK },
      environment: ENVIRONMENT,
      startMs: Math.floor(shareMs * (index + 0.2 + 0.7 * random.fraction())),
      durationMs: Math.max(1, options.downMs),
    };
  });
}

function crashKind({ crash, disk }: IntegrityOptions, random: Random, index: number): "crash" | "power-cut" {
  if (crash === "kill" || disk === undefined) return "crash";
  if (crash === "both") return index % 2 === 0 ? "power-cut" : random.pick(["crash", "power-cut"]);
  return "power-cut";
}
