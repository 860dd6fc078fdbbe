import { expect, test } from "vitest";
import { damageOf, IntegrityHistory } from "../../../test/fixtures/integrity-events.ts";
import type { IntegrityOp } from "./model.ts";
import { integrityOperation } from "./operation-schema.ts";

const damage = damageOf("torn", {
  found: { region: 1, block: 4, generation: 2, sequence: 9, epoch: 1 },
  sectors: "5,5,4,4",
  wrongBits: [1, 2],
  systemCode: "EIO",
  sizeBytes: 4096,
  again: { otherPath: "buffered", other: "right", same: "torn" },
});
const failure = { step: 1, call: "sync" as const, systemCode: "EIO" };

const operations = (): IntegrityOp[] => {
  const { events } = new IntegrityHistory()
    .session()
    .wrote(0, 8, {
      failures: [failure],
      failureCount: 1,
      doomed: [[2, 4]],
      writeNs: { values: [1, 2], counts: [3, 4] },
    })
    .verified([damage], { settled: [[1, 2, 3]] });
  return [
    ...events.flatMap((event) => ("op" in event ? [event.op] : [])),
    { type: "prepare", result: { directIo: { granuleBytes: 512 }, fileSystem: "ext4 rw", durationNs: 1 } },
    {
      type: "fio",
      epoch: 1,
      job: "verify",
      generation: 2,
      result: {
        exitStatus: 1,
        jsonError: 84,
        totalErrors: 2,
        extents: [{ offset: 0, lengthBytes: 4096, what: "pattern" }],
        messages: ["fio: io_u error"],
        bytes: 1,
        expectedBytes: 2,
        fileBytes: 2,
        bandwidthBytesPerSecond: 3,
        iops: 4,
        latencyNs: { p50: 1, p99: 2, p999: 3, max: 4 },
        durationNs: 5,
      },
    },
  ];
};

test("a history gives back every operation as it was written", () => {
  for (const op of operations()) expect(integrityOperation.parse(JSON.parse(JSON.stringify(op)))).toEqual(op);
});

test.each([
  { type: "write", epoch: 1, worker: 0, from: -1, to: 2 },
  { type: "verify", epoch: 1, path: "sideways", container: "writer" },
  { type: "read" },
  { type: "verify", epoch: 1, path: "direct", container: "writer", result: { damages: [{ kind: "odd" }] } },
])("%j is refused", (op) => {
  expect(integrityOperation.safeParse(op).success).toBe(false);
});
