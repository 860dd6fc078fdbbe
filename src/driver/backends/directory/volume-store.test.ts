import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { directoryOptions } from "./options.ts";
import { VolumeStore } from "./volume-store.ts";

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true });
});

/** As whoever runs the test may give files away. */
const OWN = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function setUp() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-store-"));
  directories.push(directory);
  const root = path.join(directory, "root");
  fs.mkdirSync(root);
  const clock = { wallTime: () => new Date(0) };
  const open = (host = "host") => new VolumeStore(root, path.join(directory, `${host}.json`), clock);
  return { directory, root, open, dataOf: (name: string) => path.join(root, "volumes", name, "data") };
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("a store that two begin at the same time is one store for both", () => {
  const { open, root } = setUp();
  const link = fs.linkSync;
  vi.spyOn(fs, "linkSync").mockImplementationOnce((from, to) => {
    open("quicker").create("theirs", OWN);
    link(from, to);
  });
  open("slower").create("ours", OWN);
  for (const host of ["quicker", "slower"])
    expect(
      open(host)
        .list()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["ours", "theirs"]);
  expect(fs.readdirSync(root).sort()).toEqual(["seatrial-volumes.json", "staging", "trash", "volumes"]);
});

test("a store can be begun where a file system has no hard links", () => {
  const { open, root } = setUp();
  vi.spyOn(fs, "linkSync").mockImplementationOnce(() => {
    throw Object.assign(new Error("not permitted"), { code: "EPERM" });
  });
  for (const host of ["one", "other"]) open(host).create(host, OWN);
  expect(open("one").list()).toHaveLength(2);
  expect(fs.readdirSync(root).sort()).toEqual(["seatrial-volumes.json", "staging", "trash", "volumes"]);
});

describe("a volume", () => {
  test("is a directory with its owner and mode, told by every host, with its time", () => {
    const { open, dataOf } = setUp();
    open().create("v", { ...OWN, mode: 0o750 });
    expect(fs.statSync(dataOf("v")).mode & 0o7777).toBe(0o750);
    expect(open("other").list()).toEqual([{ name: "v", createdAt: "1970-01-01T00:00:00.000Z", status: {} }]);
  });

  test("that is created again stays as it is; with other options it is refused", () => {
    const { open, dataOf } = setUp();
    const store = open();
    store.create("v", OWN);
    fs.writeFileSync(path.join(dataOf("v"), "kept"), "");
    fs.chmodSync(dataOf("v"), 0o700);
    for (const options of [{}, OWN, { mode: 0o755 }, { nosuid: true }]) store.create("v", options);
    for (const options of [{ mode: 0o700 }, { nosuid: false }, { ro: true }])
      expect(codeOf(() => store.create("v", options))).toBe("VOLUME_DIFFERS");
    expect([fs.readdirSync(dataOf("v")), fs.statSync(dataOf("v")).mode & 0o777]).toEqual([["kept"], 0o700]);
  });

  test("that is removed frees its name at once, and its data go with the trash", () => {
    const { open, root, dataOf } = setUp();
    const store = open();
    store.create("v", OWN);
    fs.writeFileSync(path.join(dataOf("v"), "old"), "");
    store.remove("v");
    expect(store.list()).toEqual([]);
    store.create("v", OWN);
    expect(fs.readdirSync(dataOf("v"))).toEqual([]);
    expect(fs.readdirSync(path.join(root, "trash"))).toHaveLength(1);
    expect(store.emptyTrash()).toBe(0);
    expect(fs.readdirSync(path.join(root, "trash"))).toEqual([]);
    store.remove("w");
  });

  test("whose description is damaged is still there, with its data", () => {
    const { open, root, dataOf } = setUp();
    open().create("v", OWN);
    fs.writeFileSync(path.join(root, "volumes/v/volume.json"), '{"format":1,');
    expect(open().list()).toEqual([{ name: "v", status: { metadata: "unreadable" } }]);
    expect(open().hold("v").source).toBe(dataOf("v"));
  });

  test("that another host has mounted is not removed", () => {
    const { open, root } = setUp();
    const store = open();
    store.create("v", OWN);
    store.hold("v");
    store.letGo("v");
    fs.writeFileSync(path.join(root, "volumes/v/hosts/another"), '{"hostName":"b","bootId":"x","since":"noon"}');
    expect(() => store.remove("v")).toThrow(/mounted on b since noon; .*hosts\/another/);
    fs.rmSync(path.join(root, "volumes/v/hosts/another"));
    store.hold("v");
    store.remove("v");
    expect(store.list()).toEqual([]);
  });

  test("that this host had before it was booted it has no more", () => {
    const { open, root } = setUp();
    open().create("v", OWN);
    open().hold("v");
    const [own = ""] = fs.readdirSync(path.join(root, "volumes/v/hosts"));
    const file = path.join(root, "volumes/v/hosts", own);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/"bootId":"[^"]+"/, '"bootId":"x"'));
    open().list();
    expect(fs.existsSync(file)).toBe(false);
  });
});

describe("a root", () => {
  test("without the file system that belongs there has no volumes to tell of", () => {
    const { open, root } = setUp();
    const store = open();
    store.create("v", OWN);
    fs.renameSync(root, `${root}.away`);
    fs.mkdirSync(root);
    for (const call of [() => store.list(), () => store.create("w", OWN), () => open().list()])
      expect(codeOf(call)).toBe("BACK_END_AWAY");
    expect(fs.readdirSync(root)).toEqual([]);
    fs.rmdirSync(root);
    fs.renameSync(`${root}.away`, root);
    expect(store.list()).toHaveLength(1);
  });

  test("of another store is not taken for it", () => {
    const { open, root, directory } = setUp();
    open().create("v", OWN);
    const other = setUp();
    other.open().create("w", OWN);
    fs.renameSync(root, path.join(directory, "first"));
    fs.renameSync(other.root, root);
    fs.mkdirSync(other.root);
    expect(codeOf(() => open().list())).toBe("BACK_END_AWAY");
  });

  test("is recognised where nothing is remembered of it, or nothing that can be read", () => {
    const { open, directory } = setUp();
    open().create("v", OWN);
    expect(open("new").list()).toHaveLength(1);
    fs.writeFileSync(path.join(directory, "host.json"), "{");
    expect(open().list()).toHaveLength(1);
  });
});

describe("options", () => {
  test.each([
    [
      { mode: "0750", uid: "1000", ro: "", nosuid: "false" },
      { mode: 0o750, uid: 1000, ro: true, nosuid: false },
    ],
    [{}, {}],
  ])("%j are read", (texts, options) => {
    expect(directoryOptions.parse(texts)).toEqual(options);
  });

  test.each([
    ...[{ mode: "999" }, { mode: "rwx" }, { mode: "4755" }, { uid: "-1" }, { uid: "root" }, { uid: "4294967295" }],
    ...[{ gid: "1.5" }, { ro: "yes" }, { size: "1GiB" }, { secret: "x" }, { uid: "1,suid" }, { mode: "755\n" }],
  ])("%j are refused", (texts) => {
    expect(directoryOptions.safeParse(texts).success).toBe(false);
  });
});
