import { expect, test } from "vitest";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { planned, tryIntegrity } from "../../fixtures/integrity-lab.ts";
import { failures } from "../../fixtures/trial-lab.ts";
import { requires } from "../../requires.ts";

// A disk that refuses and says so breaks no promise, whatever the file system makes of it afterwards.
const FAULTS: readonly [kind: string, spec: Record<string, unknown>][] = [
  ["write-error", {}],
  ["flush-error", {}],
  ["full-disk", {}],
  ["file-system-shutdown", {}],
  ["slow-disk", { delayMs: 5 }],
];

requires(
  "embedded",
  "disk",
  "xfs",
)("a disk that refuses", () => {
  test.each(FAULTS.flatMap(([kind, spec], index) => [{ kind, spec, fileSystem: index % 2 === 0 ? "ext4" : "xfs" }]))(
    "$kind on $fileSystem: what was acknowledged is there after a power cut, and nothing is blamed",
    async ({ kind, spec, fileSystem }) => {
      const { trial, damages, events } = await tryIntegrity(
        {
          disk: { fileSystem },
          workload: "mixed",
          files: 16,
          workers: 2,
          syncEvery: 4,
          faults: [planned(kind, spec, [500, 400]), planned("power-cut", {}, [1300, 100])],
          durationMs: 1600,
        },
        temporaryFolder(),
      );
      expect(damages).toEqual([]);
      expect(failures(trial)).toEqual([]);
      expect(events.some((event) => event.kind === "fault-healed" && event.fault.kind === kind)).toBe(true);
    },
    60_000,
  );
});
