import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { hasNative, taskContext } from "../../../../test/fixtures/task-context.ts";
import { optionsOf } from "../../../../test/fixtures/visibility-history.ts";
import { systemCode } from "../../../core/errors.ts";
import type { Observer, OperationId } from "../model.ts";
import { planCells } from "../plan.ts";
import { createWriter } from "./act.ts";
import { openGaze } from "./observe.ts";
import { operations } from "./operations.ts";

/** Every way in which the plan looks at a change, with and without a descriptor that is held. */
const WAYS = [
  ...new Set(
    planCells(optionsOf({ directions: ["host-to-container"] }))
      .filter(({ observer }) => observer !== "inotify")
      .map(({ operation, observer, state }) => `${operation} ${observer}${state === "held" ? " held" : ""}`),
  ),
].map((name) => name.split(" ") as [OperationId, Observer, "held"?]);

/** A change that is prepared, and how it looks; closed by the caller. */
function prepared(operation: OperationId, observer: Observer, held = false) {
  const directory = temporaryFolder();
  const context = taskContext();
  const writer = createWriter();
  writer.prepare({ directory, name: "s1", operation }, context);
  const gaze = openGaze(observer, held, {
    directory,
    name: "s1",
    operation: operations[operation],
    native: context.native,
  });
  return { directory, writer, gaze, act: () => writer.act({ name: "s1", atNs: 0 }, context) };
}

/** Not every file system has extended attributes. */
function preparedOrSkip(
  operation: OperationId,
  observer: Observer,
  held: "held" | undefined,
  skip: (why: string) => void,
) {
  try {
    return prepared(operation, observer, held === "held");
  } catch (error) {
    if (systemCode(error) === "ENOTSUP") skip("no extended attributes in the system's temporary directory");
    throw error;
  }
}

describe.skipIf(!hasNative)("every operation, by every way to look at it", () => {
  test.for(WAYS)("%s by %s %s is old before and new after", async ([operation, observer, held], { skip }) => {
    const { gaze, act } = preparedOrSkip(operation, observer, held, skip);
    expect(gaze.look()).toBe("old");
    expect(gaze.look()).toBe("old");
    const { begunNs, returnedNs } = await act();
    expect(returnedNs).toBeGreaterThanOrEqual(begunNs);
    expect(gaze.look()).toBe("new");
    expect(gaze.look()).toBe("new");
    gaze.close();
  });

  test.for(Object.keys(operations) as OperationId[])(
    "%s leaves nothing once it is cleaned up, made or not",
    async (operation, { skip }) => {
      for (const made of [false, true]) {
        const { directory, writer, act } = preparedOrSkip(operation, "readdir", undefined, skip);
        if (made) await act();
        writer.clean();
        expect(fs.readdirSync(directory)).toEqual([]);
      }
    },
  );

  test("names its states differently before and after", () => {
    for (const [id, { before, after }] of Object.entries(operations)) expect(before("s1"), id).not.toEqual(after("s1"));
  });
});

describe("what is neither the old nor the new state", () => {
  const put = (directory: string, content: string) => fs.writeFileSync(path.join(directory, "s1"), content);

  test.each<[OperationId, Observer, content: string, words: string]>([
    ["append", "read", "", "wrong: empty"],
    ["append", "stat", "short", "wrong: size 5, mode 644, mtime "],
    ["rename-over", "read", "else", 'wrong: 4 foreign bytes ("else")'],
    ["chmod", "stat", "", "wrong: size 0, mode 644"],
    ["set-mtime", "stat", "x".repeat(96), "wrong: size 96, mode 644, mtime "],
  ])("%s by %s is described: %j", (operation, observer, content, words) => {
    const { directory, gaze } = prepared(operation, observer);
    put(directory, content);
    expect(gaze.look()).toContain(words);
  });

  test("a name of another kind", () => {
    const { directory, gaze } = prepared("append", "stat");
    fs.rmSync(path.join(directory, "s1"));
    fs.mkdirSync(path.join(directory, "s1"));
    expect(gaze.look()).toBe("wrong: a directory");
    fs.rmdirSync(path.join(directory, "s1"));
    fs.symlinkSync("elsewhere", path.join(directory, "s1"));
    expect(gaze.look()).toBe("wrong: a link to elsewhere");
  });

  test("a name that is gone where neither state is without it", () => {
    const { directory, gaze } = prepared("append", "read");
    fs.rmSync(path.join(directory, "s1"));
    expect(gaze.look()).toBe("error: ENOENT");
  });

  test("the new name beside the old one, and none of them", () => {
    const { directory, gaze } = prepared("rename", "readdir");
    put(directory, "");
    expect(gaze.look()).toBe("wrong: the new name beside the old one");
    fs.rmSync(path.join(directory, "s1"));
    fs.rmSync(path.join(directory, "s1.from"));
    expect(gaze.look()).toBe("wrong: no name");
  });

  test("a directory that is gone is not a file that is", () => {
    const { directory, gaze } = prepared("unlink", "readdir");
    fs.rmSync(directory, { recursive: true });
    expect(gaze.look()).toBe("error: ENOENT");
  });
});

describe("two looks that contradict each other", () => {
  const contradiction = (operation: OperationId, put: (file: string) => void) => {
    const { directory, gaze } = prepared(operation, "agreement");
    put(path.join(directory, "s1"));
    return gaze.look();
  };

  it("are told with who saw what", () => {
    expect(contradiction("create", (file) => fs.writeFileSync(file, "not empty"))).toMatch(
      /^split: stat wrong: size 9, .*, readdir new$/,
    );
    expect(contradiction("unlink", (file) => fs.writeFileSync(file, ""))).toMatch(
      /^split: stat wrong: size 0, .*, readdir old$/,
    );
  });

  it("are one answer when they agree", () => {
    expect(contradiction("create", () => {})).toBe("old");
    expect(contradiction("create", (file) => fs.writeFileSync(file, ""))).toBe("new");
  });
});

describe("a file that the share shows late", () => {
  test("is held from the first look that finds it", () => {
    const { directory, gaze } = prepared("append", "read", true);
    const hidden = path.join(directory, "hidden");
    fs.renameSync(path.join(directory, "s1"), hidden);
    expect(gaze.look()).toBe("error: ENOENT");
    fs.renameSync(hidden, path.join(directory, "s1"));
    expect(gaze.look()).toBe("old");
    fs.rmSync(path.join(directory, "s1"));
    expect(gaze.look()).toBe("old");
    gaze.close();
  });

  test.skipIf(!hasNative)("is mapped once it is there in its full length", () => {
    const { directory, gaze } = prepared("overwrite-same", "mmap");
    const file = path.join(directory, "s1");
    const content = fs.readFileSync(file);
    fs.truncateSync(file, 0);
    expect(gaze.look()).toBe("error: ENOENT");
    fs.writeFileSync(file, content);
    expect(gaze.look()).toBe("old");
    gaze.close();
  });

  test("is not waited for when it is refused for another reason", () => {
    const { directory, gaze } = prepared("append", "read", true);
    const file = path.join(directory, "s1");
    fs.rmSync(file);
    fs.symlinkSync("s1", file);
    let code: string | undefined;
    try {
      gaze.look();
    } catch (error) {
      code = systemCode(error);
    }
    expect(code).toBe("ELOOP");
    gaze.close();
  });
});

describe("a writer", () => {
  it("makes only what was prepared, and that once", async () => {
    const context = taskContext();
    const { act } = prepared("create", "stat");
    await act();
    await expect(act()).rejects.toThrow("nothing was prepared for s1");
    await expect(createWriter().act({ name: "s9", atNs: 0 }, context)).rejects.toThrow("nothing was prepared for s9");
  });

  it("makes it when it is due, and says from when to when", async () => {
    const context = taskContext();
    const directory = temporaryFolder();
    const writer = createWriter();
    writer.prepare({ directory, name: "s1", operation: "create" }, context);
    const atNs = context.nowNs() + 8e6;
    const { begunNs, returnedNs } = await writer.act({ name: "s1", atNs }, context);
    expect(begunNs).toBeGreaterThanOrEqual(atNs);
    expect(returnedNs).toBeLessThanOrEqual(context.nowNs());
  });

  it("is refused what the file system refuses, and cleans up all the same", async () => {
    const { directory, writer, act } = prepared("create", "stat");
    fs.writeFileSync(path.join(directory, "s1"), "in the way");
    await expect(act()).rejects.toThrow("EEXIST");
    writer.clean();
    expect(fs.readdirSync(directory)).toEqual([]);
  });
});
