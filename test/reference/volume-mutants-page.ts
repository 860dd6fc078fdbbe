import type { Mutant } from "../../src/trials/volume/subjects/reference/mutants/mutant.ts";

/** `docs/reference/volume-mutants.md`; `caught` has the cases that found each mutant, by its ID. */
export function renderVolumeMutantsPage(
  mutants: readonly Mutant[],
  caught: ReadonlyMap<string, readonly string[]>,
): string {
  const rows = mutants.map(({ id, defect, seenIn }) => {
    const cases = caught.get(id) ?? [];
    return `| \`${id}\` | ${defect} | ${seenIn} | ${cases.join(", ") || "**none**"} |`;
  });
  return `${HEAD}\n${rows.join("\n")}\n`;
}

const HEAD = `# Drivers that the volume trial must catch

Each of these is the reference driver (\`src/trials/volume/subjects/reference\`) with one defect in it, and the cases in the
last column are there to find that defect: a test runs each driver, sees each of its cases fail, and sees the driver without
a defect pass all of them. *Seen in* names public drivers and threads that have the defect, as their source was read, or says
that the defect was made up from what the protocol allows.

This page is made by that test:
\`npx vitest run --project integration test/integration/volume/mutants.test.ts --update\`.

| driver | its defect | seen in | caught by |
|---|---|---|---|`;
