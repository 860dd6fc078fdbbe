import { expect, test } from "vitest";
import { MAGIC_PREFIX_HEX } from "../../../src/trials/integrity/blocks/format.ts";
import type { DamageKind } from "../../../src/trials/integrity/model.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { planned, tryIntegrity } from "../../fixtures/integrity-lab.ts";
import { failures } from "../../fixtures/trial-lab.ts";
import { requires } from "../../requires.ts";

// Faults of reading are in force while the first crash is recovered from, and healed before everything is read once more.
const WHILE_RECOVERING: [number, number] = [2500, 5000];
const CRASH: [number, number] = [2600, 100];
const some = { prefix: MAGIC_PREFIX_HEX, every: 97, times: 2 };

interface ReadFault {
  kind: string;
  spec: Record<string, unknown>;
  found: DamageKind;
  claims: string[];
}

const FAULTS: readonly ReadFault[] = [
  { kind: "read-error", spec: { prefix: MAGIC_PREFIX_HEX, every: 97 }, found: "io-error", claims: ["readable"] },
  { kind: "bit-flip", spec: { ...some, on: "read" }, found: "bit-flip", claims: ["content", "stable-reads"] },
  { kind: "stale-read", spec: some, found: "lost-write", claims: ["acknowledged", "stable-reads"] },
];

requires("embedded", "disk")("a disk that reads wrong", () => {
  test.each(FAULTS)(
    "$kind is found as $found",
    async ({ kind, spec, found, claims }) => {
      const faults = [planned(kind, spec, WHILE_RECOVERING), planned("power-cut", {}, CRASH)];
      const options = { disk: { fileSystem: "ext4" }, direct: "on", faults, durationMs: 3000 };
      const { trial, damages, events } = await tryIntegrity(options, temporaryFolder());
      expect([...new Set(damages.map((damage) => damage.kind))], JSON.stringify(damages)).toEqual([found]);
      expect(failures(trial).map(({ claim }) => claim)).toEqual(
        expect.arrayContaining(claims.map((claim) => `integrity.${claim}`)),
      );
      // The medium was right all the time.
      const last = events.findLast((event) => event.kind === "ok" && event.op.type === "verify");
      expect(last).toMatchObject({ op: { result: { damageCount: 0 } } });
    },
    60_000,
  );
});
