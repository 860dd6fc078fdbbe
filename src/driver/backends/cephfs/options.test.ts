import { describe, expect, test } from "vitest";
import { CEPHFS_OPTION_HELP, cephfsOptions } from "./options.ts";

/** The option that is complained of, or the keys that nobody knows. */
function refused(texts: Record<string, string>): unknown {
  const { error } = cephfsOptions.safeParse(texts);
  const [issue] = error?.issues ?? [];
  return issue?.code === "unrecognized_keys" ? issue.keys : issue?.path;
}

describe("options of a volume on CephFS", () => {
  test.each([
    ["12582912", 12 * 2 ** 20],
    ["12M", 12 * 2 ** 20],
    ["10g", 10 * 2 ** 30],
    ["10GiB", 10 * 2 ** 30],
    ["10 GB", 10e9],
  ])("a size of %s", (text, sizeBytes) => {
    expect(cephfsOptions.parse({ size: text })).toEqual({ size: sizeBytes });
  });

  test("texts become what they stand for", () => {
    const texts = { uid: "0", gid: "1000", mode: "750", ro: "", noatime: "true", nosuid: "false", max_files: "20" };
    expect(cephfsOptions.parse(texts)).toEqual({
      ...{ uid: 0, gid: 1000, mode: "0750", ro: true, noatime: true, nosuid: false, max_files: 20 },
    });
  });

  test("what was read is read again as it is: it is kept on the cluster", () => {
    const texts = { size: "1G", mode: "2770", ro: "true", rasize: "8192", crush_location: "rack:a|host:b" };
    const options = cephfsOptions.parse(texts);
    expect(cephfsOptions.parse(JSON.parse(JSON.stringify(options)))).toEqual(options);
  });

  test.each([
    [{ size: "abc" }, ["size"]],
    [{ size: "0" }, ["size"]],
    [{ size: "-1" }, ["size"]],
    [{ size: "99999999999T" }, ["size"]],
    [{ mode: "999" }, ["mode"]],
    [{ mode: "u+rwx" }, ["mode"]],
    [{ uid: "-1" }, ["uid"]],
    [{ uid: "4294967295" }, ["uid"]],
    [{ ro: "perhaps" }, ["ro"]],
    [{ pool: "a;b" }, ["pool"]],
    [{ pool: "--force" }, ["pool"]],
    [{ keyring: "../../etc/shadow" }, ["keyring"]],
    [{ keyring: "a,secret=b" }, ["keyring"]],
    [{ crush_location: "a,rw" }, ["crush_location"]],
    [{ from: "a/b" }, ["from"]],
    [{ from_snapshot: "s" }, ["from_snapshot"]],
    [{ from: "a", mode: "700" }, ["mode"]],
    [{ mounter: "fuse", ms_mode: "secure" }, ["ms_mode"]],
    [{ secret: "x" }, ["secret"]],
    [{ key: "x" }, ["key"]],
    [{ __proto__x: "1" }, ["__proto__x"]],
  ])("%j is refused by name", (texts, names) => {
    expect(refused(texts as Record<string, string>)).toEqual(names);
  });

  test("each has a line of help", () => {
    expect(Object.keys(CEPHFS_OPTION_HELP).toSorted()).toEqual(Object.keys(cephfsOptions.shape).toSorted());
  });
});
