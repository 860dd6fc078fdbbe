import { expect, test } from "vitest";
import { MAGIC_PREFIX_HEX } from "../../../src/trials/integrity/blocks/format.ts";
import type { DamageKind } from "../../../src/trials/integrity/model.ts";
import { covers, planned, standingHits, type TriedIntegrity, tryIntegrity } from "../../fixtures/integrity-lab.ts";
import { failures } from "../../fixtures/trial-lab.ts";
import { requires } from "../../requires.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";

// Every way in which the lab's disk can lie, on real file systems: the trial must name what was done, where it was done.
// SEATRIAL_MATRIX=full tries each on both file systems and by both ways of writing; else each is tried once.

const FILE_SYSTEMS = ["ext4", "xfs"] as const;
const WAYS = ["direct", "buffered"] as const;

interface DiskFault {
  what: string;
  kind: string;
  spec?: Record<string, unknown>;
  /** What must be found where the fault hit. */
  found: DamageKind;
  /** Also found where the page should have been. */
  atHome?: DamageKind;
  claim: string;
}

// A lap takes one second or, on a busy machine, up to nearly two (see the fixture): the fault meets slots that have been
// written once, in the second lap or the third. What it damages on the medium, no page cache may hide: the power is cut
// before everything is read.
const LATER_LAP: [number, number] = [1900, 400];
const JUST_BEFORE: [number, number] = [2330, 1];
const POWER_CUT: [number, number] = [2340, 100];
const DURATION_MS = 2400;

const data = { prefix: MAGIC_PREFIX_HEX };
const some = { ...data, every: 20, times: 3 };

const FAULTS: readonly DiskFault[] = [
  { what: "a write that never arrives", kind: "dropped-write", spec: some, found: "lost-write", claim: "acknowledged" },
  { what: "half of a page", kind: "torn-write", spec: some, found: "torn", claim: "content" },
  {
    what: "one sector of a page",
    kind: "torn-write",
    spec: { ...some, keepBytes: 512 },
    found: "torn",
    claim: "content",
  },
  {
    what: "a page in another's place",
    kind: "misdirected-write",
    spec: some,
    found: "misdirected",
    atHome: "lost-write",
    claim: "place",
  },
  {
    what: "a page in two places",
    kind: "misdirected-write",
    spec: { ...some, alsoAtHome: true },
    found: "duplicated",
    claim: "place",
  },
  { what: "two pages in each other's place", kind: "swapped-write", spec: some, found: "swapped", claim: "place" },
  { what: "one bit", kind: "bit-flip", spec: some, found: "bit-flip", claim: "content" },
  { what: "seventeen bits", kind: "bit-flip", spec: { ...some, bits: 17 }, found: "bit-flip", claim: "content" },
  { what: "zeros", kind: "garbled-write", spec: { ...some, arrives: "zeros" }, found: "zeroed", claim: "acknowledged" },
  { what: "noise", kind: "garbled-write", spec: { ...some, arrives: "noise" }, found: "garbage", claim: "content" },
  {
    what: "a bit under the file system",
    kind: "damage",
    spec: { ...data, how: "flip", pages: 3 },
    found: "bit-flip",
    claim: "content",
  },
  {
    what: "zeros under the file system",
    kind: "damage",
    spec: { ...data, how: "zero", pages: 3 },
    found: "zeroed",
    claim: "acknowledged",
  },
  {
    what: "noise under the file system",
    kind: "damage",
    spec: { ...data, how: "scramble", pages: 3 },
    found: "garbage",
    claim: "content",
  },
  {
    what: "a torn page under the file system",
    kind: "damage",
    spec: { ...data, how: "tear", pages: 3 },
    found: "torn",
    claim: "content",
  },
  {
    what: "two pages exchanged under the file system",
    kind: "damage",
    spec: { ...data, how: "swap", pages: 2 },
    found: "swapped",
    claim: "place",
  },
  {
    what: "a page copied over another under the file system",
    kind: "damage",
    spec: { ...data, how: "copy", pages: 2 },
    found: "duplicated",
    claim: "place",
  },
];

const CASES = FAULTS.flatMap((fault, index) =>
  FILE_SYSTEMS.flatMap((fileSystem, a) =>
    WAYS.flatMap((way, b) =>
      process.env["SEATRIAL_MATRIX"] === "full" || index % 4 === 2 * a + b ? [{ ...fault, fileSystem, way }] : [],
    ),
  ),
);

requires("embedded", "disk")("a disk that lies", () => {
  test.each(CASES)(
    "$what, $fileSystem, $way: found as $found",
    async ({ kind, spec, found, atHome, claim, fileSystem, way }) => {
      const tried = await tryIntegrity(
        {
          disk: { fileSystem },
          direct: way === "direct" ? "on" : "off",
          durationMs: DURATION_MS,
          faults: [
            planned(kind, spec ?? {}, kind === "damage" ? JUST_BEFORE : LATER_LAP),
            planned("power-cut", {}, POWER_CUT),
          ],
        },
        temporaryFolder(),
      );
      expectNamed(tried, { kind, found, ...(atHome ? { atHome } : {}), claim });
    },
    60_000,
  );
});

function expectNamed(
  tried: TriedIntegrity,
  { kind, found, atHome, claim }: Pick<DiskFault, "kind" | "found" | "atHome" | "claim">,
): void {
  const { trial, damages } = tried;
  const hits = standingHits(tried, kind);
  expect(hits.length, "the fault hit nothing that was still there at the end").toBeGreaterThan(0);
  expect(failures(trial).map((finding) => finding.claim)).toContain(`integrity.${claim}`);
  for (const hit of hits) {
    const isNamed =
      covers(damages, found, hit) || damages.some((one) => one.kind === found && one.found?.block === hit.block);
    expect(isNamed, `${found} of block ${hit.block} in ${JSON.stringify(damages)}`).toBe(true);
  }
  const kinds = new Set(damages.map((damage) => damage.kind));
  expect([...kinds].sort(), JSON.stringify(damages)).toEqual([...new Set([found, ...(atHome ? [atHome] : [])])].sort());
}
