import { expect, test } from "vitest";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { planned, tryIntegrity } from "../../fixtures/integrity-lab.ts";
import { failures } from "../../fixtures/trial-lab.ts";
import { requires } from "../../requires.ts";

const FIO = { engine: "fio", rateBytesPerSecond: undefined, sizeBytes: 4 * 2 ** 20, blockBytes: 65_536 };

requires("embedded", "fio")("fio in the trial", () => {
  test("writes and verifies generation after generation through killed containers", async () => {
    const { trial, events } = await tryIntegrity({ ...FIO, crashes: 2, durationMs: 4000 }, temporaryFolder());
    expect(failures(trial)).toEqual([]);
    const verified = events.filter(
      (event) => event.kind === "ok" && event.op.type === "fio" && event.op.job === "verify",
    );
    expect(verified.length).toBeGreaterThan(2);
    const claim = trial.findings.find((finding) => finding.claim === "integrity.fio-verify");
    expect(claim).toMatchObject({ verdict: "pass", detail: expect.stringContaining("cannot see") });
  });
});

requires(
  "embedded",
  "fio",
  "disk",
)("fio on a disk that lies", () => {
  test("finds what was garbled, and says where", async () => {
    const { trial } = await tryIntegrity(
      {
        ...FIO,
        disk: { fileSystem: "ext4" },
        // The first generation's pattern begins with its number; our own blocks' mark is not there.
        faults: [planned("garbled-write", { prefix: "00000001", times: 1 }, [0, 4000])],
        durationMs: 1000,
      },
      temporaryFolder(),
    );
    const finding = failures(trial).find(({ claim }) => claim === "integrity.fio-verify");
    // With several transfers in flight, which of them comes to the disk first is anybody's guess.
    const place = /not what was written.* first at (\d+), 65536 bytes/.exec(finding?.detail ?? "")?.[1];
    expect(Number(place) % 65_536).toBe(0);
  });
});
