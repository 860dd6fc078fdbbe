import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FIO_FAULTS } from "../../../src/trials/integrity/fio/faults.ts";
import { FIO_MODE_IDS, FIO_MODES, type FioModeId } from "../../../src/trials/integrity/fio/modes.ts";
import type { FioFacts } from "../../../src/trials/integrity/fio/probe.ts";
import { probeFio } from "../../../src/trials/integrity/tasks/fio.ts";
import { IO_INTEGRITY_ROW, ourNames, type Row, rowOf } from "../../reference/detection-page.ts";
import { requires } from "../../requires.ts";
import { measureBlocks, type Told } from "./block-matrix.ts";
import { FILE_FAULTS } from "./file-faults.ts";
import { measureIoIntegrity, measureMode, refusalOf } from "./fio-matrix.ts";

// docs/reference/integrity-detection.md is made from the same tables as are held here against what happens.
requires("fio")("what is seen of each fault", () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-fio-matrix-"));
  const seen = new Map<FioModeId, Row | string>();
  let facts: FioFacts;
  let told: Awaited<ReturnType<typeof measureBlocks>>;
  let ioIntegrity: Row;

  beforeAll(async () => {
    facts = await probeFio(directory, new AbortController().signal);
    told = await measureBlocks(directory);
    // fio waits more than it works: all modes at once take as long as one.
    [ioIntegrity] = await Promise.all([
      measureIoIntegrity(directory),
      ...FIO_MODE_IDS.map(async (mode) => {
        seen.set(mode, await (isKnown(mode) ? measureMode(mode, directory) : refusalOf(mode, directory)));
      }),
    ]);
  }, 300_000);
  afterAll(() => fs.rmSync(directory, { recursive: true }));

  const isKnown = (mode: FioModeId) => {
    const { needs } = FIO_MODES[mode];
    return needs === undefined || facts.features.includes(needs);
  };
  const namesAndPlaces = (damages: Told) => damages.map(({ kind, block, blocks }) => ({ kind, block, blocks }));

  test.each(FIO_FAULTS)("our blocks: %s is named, with its extent", (fault) => {
    const names = ourNames(fault);
    const expected = FILE_FAULTS[fault].bad.map(([block, blocks], index) => ({ kind: names[index], block, blocks }));
    expect(namesAndPlaces(told[fault])).toEqual(expected);
  });

  test("our blocks: where it was torn, and which bit", () => {
    expect(told.torn[0]?.sectors).toBe("2,2,2,2,1,1,1,1");
    expect(told["torn-sector"][0]?.sectors).toBe("2,2,2,2,2,2,2,1");
    expect(told["bit-flip"][0]?.wrongBits).toEqual([2000 * 8]);
  });

  test.each(FIO_MODE_IDS)("fio: %s sees what its table says, or is refused", (mode) => {
    const { needs } = FIO_MODES[mode];
    expect(seen.get(mode)).toEqual(isKnown(mode) ? rowOf(FIO_MODES[mode]) : `unrecognized option '--${needs}=1'`);
  });

  test("IOIntegrity", () => {
    expect(ioIntegrity).toEqual(IO_INTEGRITY_ROW);
  });
});
