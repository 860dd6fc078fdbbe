import type { Fold, HistoryEvent } from "../../core/history.ts";
import { formatQuantity } from "../../core/quantity.ts";
import type { FactSheet } from "../../core/report.ts";
import type { VisibilityJudgeContext } from "./measure.ts";
import type { VisibilityOp } from "./model.ts";
import { NOTES } from "./notes.ts";
import { type ClockNote, createPromises, type MountNote } from "./promises.ts";

const ASSUMED = " (assumed: no side told of its mount)";

/** What the mount is, by what every side says of it, and how the clocks relate. */
export function factsOfVisibility({ options }: VisibilityJudgeContext): Fold<HistoryEvent<VisibilityOp>, FactSheet[]> {
  const promises = createPromises(options);
  const notes: [string, string][] = [];
  const methods: [string, string][] = [];
  return {
    see: (event) => {
      promises.see(event);
      if (event.kind !== "note") return;
      if (event.note === NOTES.method) methods.push(["method", String(event.data)]);
      if (event.note === NOTES.abandoned) {
        const { cell, reason } = event.data as { cell: Record<string, string>; reason: string };
        notes.push([Object.values(cell).join(" "), reason]);
      }
    },
    finish: () => {
      const source = options.expect !== "auto" ? " (as told)" : promises.mounts().length > 0 ? "" : ASSUMED;
      return [
        ...(methods.length > 0 ? [{ title: "Method", facts: methods }] : []),
        {
          title: "The mount",
          facts: [
            ...options.directions.map((direction): [string, string] => [
              `class, ${direction}`,
              `${promises.classOf(direction)}${source}`,
            ]),
            ...promises.mounts().flatMap(mountFacts),
          ],
        },
        ...(promises.clocks().length > 0 ? [{ title: "Clocks", facts: promises.clocks().map(clockFact) }] : []),
        ...(notes.length > 0 ? [{ title: "Cells given up", facts: notes }] : []),
      ];
    },
  };
}

function mountFacts({
  side,
  directory,
  type,
  source,
  options,
  superOptions,
  device,
  root,
}: MountNote): [string, string][] {
  return [
    [
      side,
      `${directory} on ${type}, source ${source}, device ${device}, root ${root}, options ${options.join(",")}; ${superOptions.join(",")}`,
    ],
  ];
}

function clockFact({ side, kernel, arch, nodeVersion, nativeMissing, relation }: ClockNote): [string, string] {
  const clock = relation.sameKernel
    ? "same kernel, one monotonic clock"
    : `another clock, offset between ${formatQuantity(relation.offsetLowNs, "ns")} and ${formatQuantity(relation.offsetHighNs, "ns")}`;
  return [side, `${clock}; Linux ${kernel}, ${arch}, Node ${nodeVersion}${nativeMissing ? `; ${nativeMissing}` : ""}`];
}
