import { expect, test } from "vitest";
import { ioIntegrityArguments } from "./io-integrity.ts";

const STEP = { file: "/mnt/data/file1", sizeBytes: 5 * 2 ** 30, pattern: "0x0123456789abcdef" };

test("the two commands, token by token", () => {
  expect(ioIntegrityArguments({ ...STEP, step: "write" }).join(" ")).toBe(
    "--name=rand --filename=/mnt/data/file1 --size=5368709120 --rw=write --bs=128k--ioengine=libaio --iodepth=4 --verify=pattern --do_verify=0 --verify_pattern=0x0123456789abcdef --overwrite=1",
  );
  expect(ioIntegrityArguments({ ...STEP, step: "verify" }).join(" ")).toBe(
    "--name=rand --filename=/mnt/data/file1 --bs=128k --rw=read --ioengine=libaio --iodepth=4 --verify=pattern --do_verify=1 --verify_pattern=0x0123456789abcdef --overwrite=1",
  );
});

test.each(["", "0x", "0x123", "abcdef", "0x12'; reboot #", "0x12 --exec_prerun=id", `0x${"00".repeat(65)}`])(
  "%j is no pattern",
  (pattern) => {
    const refused = expect.objectContaining({ code: "INTEGRITY_FIO_PATTERN" });
    expect(() => ioIntegrityArguments({ ...STEP, step: "write", pattern })).toThrow(refused);
  },
);
