import type { Mutant } from "../../src/trials/volume/subjects/reference/mutants/mutant.ts";

/** `docs/reference/volume-mutants.md`; `caught` has the cases that found each mutant, by its ID, without an engine. */
export function renderVolumeMutantsPage(
  mutants: readonly Mutant[],
  caught: ReadonlyMap<string, readonly string[]>,
): string {
  const rows = mutants.map(({ id, defect, seenIn, throughEngine = [] }) => {
    const cases = caught.get(id) ?? [];
    return `| \`${id}\` | ${defect} | ${seenIn} | ${cases.join(", ")} | ${throughEngine.join(", ")} |`;
  });
  return `${HEAD}\n${rows.join("\n")}\n`;
}

const HEAD = `# Drivers that the volume trial must catch

Each of these is the reference driver (\`src/trials/volume/subjects/reference\`) with one defect in it, and the cases in the
last columns are there to find that defect, at the socket or through an engine: tests run each driver, see each of its
cases fail, and see the driver without a defect pass all of them. *Seen in* names public drivers and threads that have the
defect, as their source was read, or says that the defect was made up from what the protocol allows.

This page is made by one of those tests:
\`npx vitest run --project integration test/integration/volume/mutants.test.ts --update\`.

| driver | its defect | seen in | caught by | through an engine by |
|---|---|---|---|---|`;
