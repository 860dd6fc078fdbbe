import { GROUPS, type VolumeCase } from "../../src/trials/volume/cases/case.ts";
import { ORIGINAL_TESTS } from "../../src/trials/volume/original-tests.ts";

/** `docs/reference/volume-cases.md`. */
export function renderVolumeCasesPage(cases: readonly VolumeCase[]): string {
  const groups = Object.entries(GROUPS).flatMap(([letter, title]) => {
    const ofGroup = cases.filter(({ id }) => id.startsWith(letter));
    return ofGroup.length === 0 ? [] : [`## ${letter}: ${title}\n\n${ofGroup.map(renderCase).join("\n")}`];
  });
  return [HEAD, renderIndex(cases), ...groups].join("\n");
}

const HEAD = `# The cases of the volume trial

What \`seatrial run volume\` tries on a volume driver, one finding each. \`--focus M06\` tries one, \`--focus M,P01\` a group and
another, \`--skip D\` all but a group. Severity says what is at stake: *critical* is loss of data, an escape from the volume or a
host that hangs; *high* is a volume that cannot be reached or a leak; *low* is advice. What a case needs beside the driver's
socket is named with it; where that is missing, it is skipped and says so.

| need | what gives it |
|---|---|
| mounts | \`--serve\`, or \`--mount-root\` beside \`--socket\` |
| process | \`--serve\`, or \`--start-command\` beside \`--socket\` |
| back-end | \`--control-faults\` with \`--serve\`, or \`--fault-command\` and \`--heal-command\` |
| peer | \`--serve\` with \`--scope global\`, or \`--peer-socket\` beside \`--socket\` |
| fresh | \`--serve\` |
| engine | \`--engine private\` with \`--serve\`, or \`--driver\` for a driver that your own engine knows |
| engine-process | \`--engine private\` |

This page is made from the cases in the code by \`npm run docs:reference\`; a test holds the two together.
`;

function renderIndex(cases: readonly VolumeCase[]): string {
  const rows = ORIGINAL_TESTS.map((test, index) => {
    const ids = cases.filter(({ original }) => original?.includes(index + 1)).map(({ id }) => id);
    return `| ${index + 1} | ${test} | ${ids.join(", ")} |`;
  });
  return [
    `${cases.length} cases. The suite grew out of a matrix of eleven tests; these cases stand for them:\n`,
    "| # | original test | cases |\n|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function renderCase({ id, title, severity, action, requirement, reason, needs, original = [] }: VolumeCase): string {
  const facts = [
    severity,
    ...(needs.length > 0 ? [`needs ${needs.join(", ")}`] : []),
    ...(original.length > 0 ? [`original test ${original.join(", ")}`] : []),
  ];
  return [
    `### ${id} ${title}\n`,
    `*${facts.join(" · ")}*\n`,
    `- **Done:** ${action}`,
    `- **Must hold:** ${requirement}`,
    `- **Why:** ${reason}`,
    "",
  ].join("\n");
}
