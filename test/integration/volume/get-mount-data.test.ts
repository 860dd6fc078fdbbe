import { expect, test } from "vitest";
import { dataCases } from "../../../src/trials/volume/cases/data/index.ts";
import { getListCases } from "../../../src/trials/volume/cases/get-list/index.ts";
import { mountCases } from "../../../src/trials/volume/cases/mount/index.ts";
import { tryCases, trySubject } from "../../fixtures/volume-lab.ts";
import { requires } from "../../requires.ts";

requires("embedded")("cases of Get, Mount and data", () => {
  const CASES = [...getListCases, ...mountCases, ...dataCases].filter(({ needs }) => !needs.includes("engine"));

  test("hold for the reference driver on two hosts", async () => {
    await using subject = await trySubject({ hasPeer: true });
    const found = await tryCases(CASES, subject);
    const skipped = expect.arrayContaining([expect.stringContaining("skipped: ")]) as string[];
    // It has no server to kill and no sizes, and each of its volumes has a place of its own.
    expect(found).toEqual({ M23: skipped, M25: skipped, M26: skipped, D08: skipped });
  }, 300_000);
});
