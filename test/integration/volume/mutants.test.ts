import { expect, test } from "vitest";
import type { VolumeCase } from "../../../src/trials/volume/cases/case.ts";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import type { Subject } from "../../../src/trials/volume/subject.ts";
import { mutants } from "../../../src/trials/volume/subjects/reference/mutants/index.ts";
import { broken, type CaseTry, tryCase, trySubject } from "../../fixtures/volume-lab.ts";
import { renderVolumeMutantsPage } from "../../reference/volume-mutants-page.ts";
import { requires } from "../../requires.ts";

/** A hung call is given up soon; a connection lies idle for longer than Node keeps it by default. */
const HOW: CaseTry = { deadlineMs: 2000, scale: { patienceMs: 6500, rounds: 25 } };

function caseNamed(id: string): VolumeCase {
  const found = volumeCases.find((one) => one.id === id);
  if (!found) throw new Error(`a mutant is meant for ${id}, and there is no such case`);
  return found;
}

/** A place of its own for what an engine would have in /run, so that X14 has a socket to put another in the place of. */
async function giveEngine({ mounts }: Subject): Promise<void> {
  await mounts?.files.mount(["-t", "tmpfs", "tmpfs", "/run"]);
  await mounts?.files.write("/run/docker.sock", "");
}

async function linesBroken(one: VolumeCase, subject: Subject): Promise<string[]> {
  if (one.id === "X14") await giveEngine(subject);
  const result = await tryCase(one, subject, HOW);
  expect(result.skipped, one.id).toBeUndefined();
  return broken(result);
}

requires("embedded")("the cases that are meant for a defect", () => {
  const caught = new Map<string, string[]>();
  /** The others are for engine-mutants.test.ts. */
  const atSocket = mutants.filter(({ meant }) => meant.length > 0);

  test("pass where there is none", async () => {
    const cases = volumeCases.filter(({ id }) => mutants.some(({ meant }) => meant.includes(id)));
    await using subject = await trySubject({ hasPeer: true, deadlineMs: HOW.deadlineMs ?? 0 });
    const found: Record<string, string[]> = {};
    for (const one of cases) {
      const lines = await linesBroken(one, subject);
      if (lines.length > 0) found[one.id] = lines;
    }
    expect(found).toEqual({});
  }, 300_000);

  test.concurrent.each(atSocket)(
    "find $id",
    async ({ id, meant, isGlobal = false }) => {
      const cases = meant.map(caseNamed);
      const hasPeer = isGlobal || cases.some(({ needs }) => needs.includes("peer"));
      await using subject = await trySubject({ defect: id, hasPeer, deadlineMs: HOW.deadlineMs ?? 0 });
      const missed: string[] = [];
      for (const one of cases) if ((await linesBroken(one, subject)).length === 0) missed.push(one.id);
      caught.set(
        id,
        meant.filter((one) => !missed.includes(one)),
      );
      expect(missed).toEqual([]);
    },
    120_000,
  );

  test("are those of volume-mutants.md", async () => {
    expect(mutants.length).toBeGreaterThan(25);
    expect([...caught.keys()].sort()).toEqual(atSocket.map(({ id }) => id).sort());
    const page = renderVolumeMutantsPage(mutants, caught);
    await expect(page).toMatchFileSnapshot("../../../docs/reference/volume-mutants.md");
  });
});
