import type { BandClass, Chart } from "../../core/report.ts";
import { BLOCK_BYTES, type Region } from "./model.ts";
import type { IntegrityOptions } from "./options.ts";
import { type FaultStory, isCrash, type Reading, type Story } from "./story.ts";
import { faultName, regionName } from "./words.ts";

type Bands = Extract<Chart, { kind: "bands" }>;

/** What is drawn of a region: as fine as a screen shows, so that a region of any size has a drawing of one size. */
const COLUMNS = 480;
/** Readings that a map of one region shows. */
const MOST_ROWS = 24;
/** Regions that get a map of their own. */
const MOST_REGIONS = 6;

const RIGHT: BandClass = { name: "as promised", tone: "calm" };
const IN_FLIGHT: BandClass = { name: "in flight at a crash, either version right", tone: "faint" };

/** A map of all that was read back, and one of each region in which something was wrong. */
export function damageMaps({ readings, faults }: Story, regions: readonly Region[]): Chart[] {
  const ended = readings.filter(({ result }) => result !== undefined);
  if (ended.length === 0) return [];
  const damaged = regions.filter(({ id }) => ended.some((reading) => damagesIn(reading, id).length > 0));
  const classes = classesOf(ended.flatMap(({ result }) => result?.damages.map(({ kind }) => kind) ?? []));
  return [
    overview(ended, regions, classes),
    ...damaged.slice(0, MOST_REGIONS).map((region) => mapOf(region, ended, faults, classes)),
  ];
}

/** A stretch of blocks of one region, and how it stands with it: the name of a damage, or `IN_FLIGHT`. */
interface Extent {
  from: number;
  to: number;
  state: string;
}

function overview(readings: readonly Reading[], regions: readonly Region[], classes: BandClass[]): Bands {
  const rows = regions.map((region) => ({
    name: regionName(region),
    blocks: blocksOf(region),
    extents: readings.flatMap((reading) => [...inFlightIn(reading, region), ...damagesIn(reading, region.id)]),
  }));
  return {
    ...bandsOf(rows, classes, (block, blocks) => (100 * block) / blocks),
    id: "damage-map",
    title: "What was read back",
    description:
      "Each row is a region from its first block to its last, with all that any reading found there. Damage is drawn wide enough to be seen, however small it is.",
    count: readings.reduce((sum, { result }) => sum + (result?.blocks ?? 0), 0),
    x: { label: "place in the region", unit: "%", scale: "linear" },
    ...thinnedBy(readings),
  };
}

function mapOf(
  region: Region,
  readings: readonly Reading[],
  faults: readonly FaultStory[],
  classes: BandClass[],
): Bands {
  const rows = chosen(readings, region.id).map(({ reading, number }) => ({
    name: `${number}, ${occasion(reading, faults)}`,
    blocks: blocksOf(region),
    extents: [...inFlightIn(reading, region), ...damagesIn(reading, region.id)],
  }));
  const { step, ...axis } = axisOf(region);
  return {
    ...bandsOf(rows, classes, (block) => (block * BLOCK_BYTES) / step),
    id: `damage-map-${region.id}`,
    title: `${capital(regionName(region))}, reading by reading`,
    description:
      "Each row is one reading of the region, from its begin to its end: where the damage was, when it was there first, and whether it stayed.",
    count: rows.length * blocksOf(region),
    x: { ...axis, scale: "linear" },
    ...thinnedBy(readings),
  };
}

/** What each of fio's verify jobs found in its one file. */
export function fioMap({ jobs }: Story, { sizeBytes }: Pick<IntegrityOptions, "sizeBytes">): Chart[] {
  const ended = jobs.filter(({ op }) => op.job === "verify" && op.result !== undefined);
  const shown = ended.slice(-MOST_ROWS);
  const { unitBytes, unit } = sizeUnit(sizeBytes);
  const rows = shown.map(({ op }) => ({
    name: `generation ${op.generation}`,
    blocks: sizeBytes / BLOCK_BYTES,
    extents: (op.result?.extents ?? []).map(({ offset, lengthBytes }) => ({
      from: offset / BLOCK_BYTES,
      to: (offset + lengthBytes) / BLOCK_BYTES,
      state: "bad, as fio tells",
    })),
  }));
  if (rows.length === 0) return [];
  return [
    {
      ...bandsOf(rows, classesOf(["bad, as fio tells"]), (block) => (block * BLOCK_BYTES) / unitBytes),
      id: "damage-map",
      title: "What fio read back",
      description:
        "Each row is one generation of the file, from its first byte to its last, as fio's verify job told it.",
      count: ended.length,
      thinned: ended.length - shown.length,
      x: { label: "place in the file", unit, scale: "linear" },
    },
  ];
}

interface Row {
  name: string;
  blocks: number;
  extents: readonly Extent[];
}

/** What extents may be called, in the order in which they lie upon each other. */
function classesOf(kinds: readonly string[]): BandClass[] {
  return [RIGHT, IN_FLIGHT, ...[...new Set(kinds)].sort().map((name): BandClass => ({ name, tone: "bad" }))];
}

/** Rows of bands; `place` says where a block is on the axis. */
function bandsOf(
  rows: readonly Row[],
  classes: BandClass[],
  place: (block: number, blocks: number) => number,
): Pick<Bands, "kind" | "y" | "marks" | "classes" | "bands"> {
  const bands = rows.flatMap(({ blocks, extents }, row): Bands["bands"] => [
    [row, 0, place(blocks, blocks), 0, ""],
    ...classes.flatMap(({ name }, index) =>
      coarsened(
        extents.filter(({ state }) => state === name),
        blocks,
      ).map(({ from, to }): Bands["bands"][number] => [row, place(from, blocks), place(to, blocks), index, ""]),
    ),
  ]);
  const y: Chart["y"] = { label: "", unit: "", scale: "category", categories: rows.map(({ name }) => name) };
  return { kind: "bands", y, marks: [], classes, bands };
}

/** The same extents in whole columns of the drawing, neighbours as one; single blocks keep their place. */
function coarsened(extents: readonly Extent[], blocks: number): Pick<Extent, "from" | "to">[] {
  const width = Math.max(1, blocks / COLUMNS);
  const columns = new Set<number>();
  for (const { from, to } of extents)
    for (let column = Math.floor(from / width); column * width < Math.min(to, blocks); column++) columns.add(column);
  const merged: Pick<Extent, "from" | "to">[] = [];
  for (const column of [...columns].sort((a, b) => a - b)) {
    const last = merged.at(-1);
    if (last && Math.abs(last.to - column * width) < width / 2) last.to = (column + 1) * width;
    else merged.push({ from: column * width, to: (column + 1) * width });
  }
  return merged;
}

const blocksOf = ({ slots, slotBytes }: Region): number => (slots * slotBytes) / BLOCK_BYTES;

function damagesIn({ result }: Reading, region: number): Extent[] {
  return (result?.damages ?? [])
    .filter((damage) => damage.region === region)
    .map(({ kind, block, blocks }) => ({ from: block, to: block + Math.max(1, blocks), state: kind }));
}

/** A reading after a crash tells which slots could have held more than one generation: it settles them. */
function inFlightIn({ result }: Reading, { id, slotBytes }: Region): Extent[] {
  const perSlot = slotBytes / BLOCK_BYTES;
  return (result?.settled ?? [])
    .filter(([region]) => region === id)
    .map(([, slot]) => ({ from: slot * perSlot, to: (slot + 1) * perSlot, state: IN_FLIGHT.name }));
}

function thinnedBy(readings: readonly Reading[]): { thinned: number } {
  return { thinned: readings.reduce((sum, { result }) => sum + unlisted(result), 0) };
}

/** Stretches that a reading counted and did not list. */
function unlisted(result: Reading["result"]): number {
  return result ? Math.max(0, result.damageCount - result.damages.length) : 0;
}

/** Bytes of a large file, or the number of a small one. */
function axisOf({ kind, slots, slotBytes }: Region): { label: string; unit: string; step: number } {
  if (kind === "files" || kind === "replace") return { label: "file", unit: "count", step: slotBytes };
  const { unitBytes, unit } = sizeUnit(slots * slotBytes);
  return { label: "place in the file", unit, step: unitBytes };
}

/** Of many readings the first, the last, and those before and at which the damage in the region changed. */
function chosen(readings: readonly Reading[], region: number): { reading: Reading; number: number }[] {
  const all = readings.map((reading, i) => ({ reading, number: i + 1 }));
  if (all.length <= MOST_ROWS) return all;
  const faces = readings.map((reading) => JSON.stringify(damagesIn(reading, region)));
  const telling = all.filter(
    (_, i) => i === 0 || i === all.length - 1 || faces[i] !== faces[i - 1] || faces[i] !== faces[i + 1],
  );
  return telling.slice(0, MOST_ROWS);
}

/** "after power cut", or by whom at the end. */
function occasion({ op, result, startNs }: Reading, faults: readonly FaultStory[]): string {
  const crash = faults.findLast((fault) => isCrash(fault) && fault.startNs < startNs);
  if (result?.settled !== undefined && crash) return `after ${faultName(crash.fault.kind)}`;
  return `${op.container}, ${op.path}`;
}

/** A unit in which the axis has round numbers. */
export function sizeUnit(sizeBytes: number): { unitBytes: number; unit: string } {
  const units: [number, string][] = [
    [2 ** 40, "TiB"],
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
  ];
  const [unitBytes, unit] = units.find(([least]) => sizeBytes >= 2 * least) ?? [1, "B"];
  return { unitBytes, unit };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
