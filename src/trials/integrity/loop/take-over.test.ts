import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import type { Pattern } from "./pattern.ts";
import { concludeTakeOver, type LeftState, readLeftState, retireLeftState } from "./take-over.ts";

const configured: Pattern[] = ["0x11", "0x22"].map((text) => ({ text, bytes: Buffer.from(text.slice(2), "hex") }));

function left(texts: { wal?: string; last?: string }): LeftState {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { path: `/mnt/data/${name}`, text }]));
}

describe("what follows from the original's state", () => {
  test.each<[state: { wal?: string; last?: string }, data: boolean, kind: string, patterns: string[]]>([
    [{}, false, "nothing", []],
    [{ last: "0xaa" }, true, "finished", ["0xaa"]],
    [{ last: "0xaa\n" }, false, "finished", ["0xaa"]],
    [{ wal: "0xbb", last: "0xaa" }, true, "unfinished", ["0xaa", "0xbb"]],
    [{ wal: "", last: "0xaa" }, true, "unfinished", ["0xaa", "0x11", "0x22"]],
    [{ wal: "0xbb" }, true, "unpromised", ["0xbb"]],
    [{ wal: "0xbb" }, false, "unpromised", ["0xbb"]],
    [{ wal: "" }, true, "unpromised", ["0x11", "0x22"]],
    [{ wal: "0xbb", last: "" }, true, "unpromised", ["0xbb"]],
    [{ last: "" }, false, "nothing", []],
  ])("%j, data %s: %s %j", (state, data, kind, patterns) => {
    const { patterns: found, ...rest } = {
      patterns: [],
      ...concludeTakeOver(left(state), data ? "/mnt/data/file1" : undefined, configured),
    };
    expect(rest).toEqual({ kind });
    expect(found.map(({ text }) => text)).toEqual(patterns);
  });

  test.each([[{}], [{ last: "" }], [{ last: "0x01234".repeat(200) }]])("%j beside data is refused", (state) => {
    expect(() => concludeTakeOver(left(state), "/mnt/data/file1", configured)).toThrow(
      expect.objectContaining({ code: "INTEGRITY_LOOP_NO_STATE", exit: 3 }),
    );
  });
});

describe("the original's files", () => {
  const write = (directory: string, files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), text);
  };

  it("are found beside the data, where its first version put them", async () => {
    const dataDir = temporaryFolder();
    write(dataDir, { wal: "0xbb", last_written_pattern: "0xaa" });
    expect(await readLeftState({ dataDir, stateDir: temporaryFolder() })).toMatchObject({
      wal: { text: "0xbb" },
      last: { text: "0xaa" },
    });
  });

  it("are found in a directory of their own, which wins", async () => {
    const [dataDir, stateDir] = [temporaryFolder(), temporaryFolder()];
    write(dataDir, { wal: "0xbb", last_written_pattern: "0xaa" });
    write(stateDir, { io_last_written_pattern: "0xcc" });
    const file = path.join(stateDir, "io_last_written_pattern");
    expect(await readLeftState({ dataDir, stateDir })).toEqual({ last: { path: file, text: "0xcc" } });
  });

  it("may be missing with their directory", async () => {
    expect(await readLeftState({ dataDir: "/nowhere", stateDir: "/nowhere/else" })).toEqual({});
  });

  it("are renamed over nothing that is there", async () => {
    const dataDir = temporaryFolder();
    write(dataDir, { wal: "0xbb", last_written_pattern: "0xaa", "wal.taken-over": "0x01" });
    await retireLeftState(await readLeftState({ dataDir, stateDir: dataDir }));
    const contents = fs.readdirSync(dataDir).map((name) => [name, fs.readFileSync(path.join(dataDir, name), "utf8")]);
    expect(Object.fromEntries(contents)).toEqual({
      "last_written_pattern.taken-over": "0xaa",
      "wal.taken-over": "0x01",
      "wal.taken-over.2": "0xbb",
    });
  });
});
