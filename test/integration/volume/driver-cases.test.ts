import { expect, test } from "vitest";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import { directoryDriver } from "../../fixtures/directory-driver.ts";
import { tryCases } from "../../fixtures/volume-lab.ts";
import { requires } from "../../requires.ts";

requires("root", "embedded")("the driver with directories for volumes", () => {
  const CASES = volumeCases.filter(({ needs }) => !needs.some((need) => need.startsWith("engine")));

  test("holds every case of the trial, on two hosts", async () => {
    await using subject = await directoryDriver({ hasPeer: true });
    const found = await tryCases(CASES, subject);
    const skipped = expect.arrayContaining([expect.stringContaining("skipped: ")]) as string[];
    // It takes no option for granted, gives each volume a place of its own, and has no server to kill, no sizes, no snapshots
    // and no keys; its host has no engine.
    const ids = ["C07", "M23", "M25", "M26", "D08", "R09", "X14", "S03"];
    expect(found).toEqual(Object.fromEntries(ids.map((id) => [id, skipped])));
  }, 600_000);
});
