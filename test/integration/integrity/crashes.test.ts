import { expect, test } from "vitest";
import type { HistoryEvent } from "../../../src/core/history.ts";
import type { PowerCut } from "../../../src/core/disk.ts";
import { MAGIC_PREFIX_HEX } from "../../../src/trials/integrity/blocks/format.ts";
import { planned, tryIntegrity } from "../../fixtures/integrity-lab.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { failures } from "../../fixtures/trial-lab.ts";
import { requires } from "../../requires.ts";

// SEATRIAL_CUTS asks for more power cuts of each kind than a test run has time for.
const CUTS = Number(process.env["SEATRIAL_CUTS"] ?? 4);

const HONEST = {
  workload: "mixed",
  files: 32,
  workers: 2,
  rateBytesPerSecond: undefined,
  syncEvery: 4,
};

const cutsOf = (events: readonly HistoryEvent[]): PowerCut[] =>
  events.flatMap((event) =>
    event.kind === "fault-healed" && event.fault.kind === "power-cut" ? [event.data as PowerCut] : [],
  );

requires("embedded", "disk")("power cuts", () => {
  test.each(["ext4", "xfs"])(
    "an honest disk with %s keeps what it acknowledged through every cut",
    async (fileSystem) => {
      const honest = { ...HONEST, workload: "random", syncEvery: 64, backlog: 4, disk: { fileSystem } };
      const options = { ...honest, crashes: CUTS, durationMs: CUTS * 700 };
      const { trial, events, damages } = await tryIntegrity(options, temporaryFolder());
      expect(damages).toEqual([]);
      expect(failures(trial)).toEqual([]);
      const cuts = cutsOf(events);
      expect(cuts).toHaveLength(CUTS);
      // Cuts that took nothing away would show nothing.
      expect(cuts.filter(({ lostPages }) => lostPages > 0).length).toBeGreaterThan(0);
      expect(cuts.every(({ lostAcknowledgedPages }) => lostAcknowledgedPages === 0)).toBe(true);
    },
    60_000 + CUTS * 15_000,
  );

  test.each(["random", "mixed"])(
    "an honest disk keeps what it acknowledged with sixteen transfers in flight: %s",
    async (workload) => {
      const options = { ...HONEST, workload, queueDepth: 16, syncEvery: 64, crash: "both", crashes: CUTS };
      const { trial, events, damages } = await tryIntegrity(
        { ...options, disk: { fileSystem: "ext4" }, durationMs: CUTS * 700 },
        temporaryFolder(),
      );
      expect(damages).toEqual([]);
      expect(failures(trial)).toEqual([]);
      // Crashes that met nothing in flight would show nothing.
      const uncertain = events.flatMap((event) =>
        event.kind === "ok" && event.op.type === "verify" ? (event.op.result?.uncertainSlots ?? 0) : [],
      );
      expect(Math.max(...uncertain)).toBeGreaterThan(0);
    },
    60_000 + CUTS * 15_000,
  );

  test(
    "an honest disk and killed containers, one after the other",
    async () => {
      const options = { ...HONEST, disk: { fileSystem: "ext4" }, crashes: CUTS, crash: "both", durationMs: CUTS * 700 };
      const { trial, damages } = await tryIntegrity(options, temporaryFolder());
      expect(damages).toEqual([]);
      expect(failures(trial)).toEqual([]);
    },
    60_000 + CUTS * 15_000,
  );

  test.each(["ext4", "xfs"])(
    "what %s still shows of refused writes after a kill is no promise that a power cut could break",
    async (fileSystem) => {
      const { trial, events, damages } = await tryIntegrity(
        {
          disk: { fileSystem },
          direct: "off",
          sizeBytes: 16 * 2 ** 20,
          rateBytesPerSecond: 2 ** 21,
          faults: [
            planned("write-error", { prefix: MAGIC_PREFIX_HEX, every: 3 }, [500, 1700]),
            { ...planned("crash", {}, [2100, 100]), spec: { container: "writer" } },
            planned("power-cut", {}, [2800, 100]),
          ],
          durationMs: 3500,
        },
        temporaryFolder(),
      );
      const refused = events.some(
        (event) => event.kind === "ok" && event.op.type === "write" && event.op.result?.failureCount,
      );
      expect(refused).toBe(true);
      expect(damages).toEqual([]);
      expect(failures(trial)).toEqual([]);
    },
    90_000,
  );

  test.each(Array.from({ length: CUTS }, (_, cut) => cut))(
    "a flush that was swallowed before the cut is found, with a queue and without, try %i",
    async (cut) => {
      const { trial, events } = await tryIntegrity(
        {
          ...HONEST,
          disk: { fileSystem: cut % 2 === 0 ? "ext4" : "xfs" },
          ...(cut < 2 ? {} : { queueDepth: 16 }),
          workload: "random",
          faults: [planned("lying-flush", {}, [300, 1900]), planned("power-cut", {}, [1900, 100])],
          durationMs: 2500,
        },
        temporaryFolder(),
        { seed: `swallowed-${cut}` },
      );
      expect(cutsOf(events)[0]?.lostAcknowledgedPages).toBeGreaterThan(0);
      expect(failures(trial).map(({ claim }) => claim)).toContain("integrity.acknowledged");
    },
    90_000,
  );
});

requires("embedded")("killed containers on this machine's own storage", () => {
  test("lose nothing: the page cache outlives them", async () => {
    const { trial, damages } = await tryIntegrity({ ...HONEST, crashes: 5, durationMs: 2500 }, temporaryFolder());
    expect(damages).toEqual([]);
    expect(trial.verdict).toBe("pass");
    expect(trial.headline).toMatch(/5 kills/);
  }, 60_000);
});
