import { describe, expect, test } from "vitest";
import { containerEnvironment, enterArgv, modeOf, unshareArgv } from "./namespaces.ts";
import { namespaceRemedy } from "./preflight.ts";
import { ownerOf } from "./sweep.ts";
import { isAtLeast, utilLinuxVersion } from "./tools.ts";

describe("the mode", () => {
  test.each([
    ["0", "000001fffeffffff", "root"],
    ["0", "00000000a80425fb", "user namespace"],
    ["1000", "000001fffeffffff", "user namespace"],
    ["1000", "0000000000000000", "user namespace"],
  ])("uid %s with capabilities %s: %s", (uid, capabilities, mode) => {
    expect(modeOf(`Name:\tnode\nUid:\t7\t${uid}\t7\t7\nCapEff:\t${capabilities}\n`)).toBe(mode);
  });

  test("only a user namespace maps users, and entering it keeps them", () => {
    expect(unshareArgv({ mode: "root" }, ["true"])).not.toContain("--user");
    expect(unshareArgv({ mode: "user namespace" }, ["true"])).toContain("--map-root-user");
    expect(enterArgv({ mode: "user namespace" }, 7, ["true"])).toContain("--preserve-credentials");
  });

  test("a clock offset makes and enters a time namespace", () => {
    const options = { mode: "root", monotonicOffsetSeconds: -5 } as const;
    expect(unshareArgv(options, ["true"]).join(" ")).toContain("--time --monotonic -5 ");
    expect(enterArgv(options, 7, ["true"])).toContain("--time");
  });
});

describe("the environment of a container", () => {
  test("names the owner and nothing of the user but the path", () => {
    const env = containerEnvironment({ runId: "run/1", lab: "boot:2:3" }, "/mine");
    expect(Object.keys(env).sort()).toEqual(["HOME", "LC_ALL", "PATH", "SEATRIAL_OWNER"]);
    expect(ownerOf(env["SEATRIAL_OWNER"] ?? "")).toEqual({ runId: "run/1", lab: "boot:2:3" });
  });

  test("a mark without an owner is nobody's", () => {
    expect(ownerOf("")).toBeUndefined();
    expect(ownerOf("/boot:2:3")).toBeUndefined();
  });
});

describe("the tools' versions", () => {
  test.each([
    ["2.38.1", "2.32", true],
    ["2.4", "2.32", false],
    ["2.32", "2.32", true],
    ["3.0", "2.32", true],
    ["2.32", "2.32.1", false],
  ])("%s against %s", (version, wanted, enough) => {
    expect(isAtLeast(version, wanted)).toBe(enough);
  });

  test("another maker's tool has none", () => {
    expect(utilLinuxVersion("unshare from util-linux 2.38.1")).toBe("2.38.1");
    expect(utilLinuxVersion("BusyBox v1.36.1 multi-call binary")).toBeUndefined();
  });
});

describe("what to do about refused namespaces", () => {
  test("a kernel setting that forbids them is named with its change", () => {
    const settings = ["kernel.apparmor_restrict_unprivileged_userns=0"];
    expect(namespaceRemedy({ mode: "user namespace" }, settings)).toContain(`sysctl ${settings[0]}`);
  });

  test("root lacks a capability, not a setting", () => {
    expect(namespaceRemedy({ mode: "root" }, ["user.max_user_namespaces=10000"])).toContain("CAP_SYS_ADMIN");
  });
});
