import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { builtAgent } from "../../test/integration/agent-bundle.ts";
import { loadNative } from "./native.ts";

const IN_CREATE = 0x100;
const { nativePath } = builtAgent();

describe.skipIf(!nativePath)("the C library through foreign functions", () => {
  const native = loadNative(nativePath as string);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-native-"));
  const file = path.join(folder, "file");
  fs.writeFileSync(file, "hello, sailor");
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test("a lock is refused while another descriptor holds it, and given after", () => {
    const [ours, theirs] = [fs.openSync(file, "r"), fs.openSync(file, "r")];
    expect(native.flock(ours, "exclusive", false)).toBe(true);
    expect(native.flock(theirs, "shared", false)).toBe(false);
    native.flock(ours, "unlock", true);
    expect(native.flock(theirs, "shared", false)).toBe(true);
    for (const fd of [ours, theirs]) fs.closeSync(fd);
  });

  test("what is stored in a mapping is read from the file", () => {
    const fd = fs.openSync(file, "r+");
    const mapping = native.map(fd, 13, true);
    mapping.bytes.set(Buffer.from("Hello"));
    mapping.sync();
    mapping.unmap();
    fs.closeSync(fd);
    expect(fs.readFileSync(file, "utf8")).toBe("Hello, sailor");
  });

  test("times are set to the nanosecond", () => {
    native.setTimesNs(file, 1_500_000_000_123_456_789n);
    expect(fs.statSync(file, { bigint: true }).mtimeNs).toBe(1_500_000_000_123_456_789n);
  });

  test("a watch tells of a new file, and an empty one of nothing", () => {
    const fd = native.inotifyOpen();
    native.inotifyWatch(fd, folder, IN_CREATE);
    expect(native.waitReadable(fd, 0)).toBe(false);
    fs.writeFileSync(path.join(folder, "new"), "");
    expect(native.waitReadable(fd, 1000)).toBe(true);
    fs.closeSync(fd);
  });

  test("attributes are kept, and an absent one is undefined", (context) => {
    try {
      native.setXattr(file, "user.port", Buffer.from("Bremen"));
    } catch (error) {
      if ((error as { code?: string }).code === "ENOTSUP") context.skip(`no attributes on ${os.tmpdir()}`);
      throw error;
    }
    expect(Buffer.from(native.getXattr(file, "user.port") ?? []).toString()).toBe("Bremen");
    expect(native.getXattr(file, "user.absent")).toBeUndefined();
  });

  test("a failure carries the system's code and the call's name", () => {
    const missing = path.join(folder, "missing");
    expect(() => native.inotifyWatch(native.inotifyOpen(), missing, IN_CREATE)).toThrow("ENOENT: inotify_add_watch");
  });
});
