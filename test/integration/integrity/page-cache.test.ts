import { expect, test } from "vitest";
import { MAGIC_PREFIX_HEX } from "../../../src/trials/integrity/blocks/format.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { planned, tryIntegrity } from "../../fixtures/integrity-lab.ts";
import { failures } from "../../fixtures/trial-lab.ts";
import { requires } from "../../requires.ts";

requires("embedded", "disk")("what was written through the page cache", () => {
  // Not btrfs: files with its checksums may be read through the page cache whatever was asked for.
  test.each(["ext4", "xfs"])(
    "%s: writes that never arrive are found without a crash, whatever the cache still shows",
    async (fileSystem) => {
      const spec = { prefix: MAGIC_PREFIX_HEX, every: 2 };
      const { trial, events } = await tryIntegrity(
        { disk: { fileSystem }, direct: "off", faults: [planned("dropped-write", spec, [200, 1200])] },
        temporaryFolder(),
      );
      expect(failures(trial).map((finding) => finding.claim)).toContain("integrity.acknowledged");
      const paths = events.flatMap((event) => (event.kind === "ok" && event.op.type === "verify" ? event.op.path : []));
      expect(paths).toEqual(["direct", "buffered", "direct"]);
    },
    60_000,
  );
});
