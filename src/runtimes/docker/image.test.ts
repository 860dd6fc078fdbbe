import os from "node:os";
import { describe, expect, it } from "vitest";
import type { Engine } from "./connect.ts";
import { ownNodeUnusable, withTag } from "./image.ts";

const ownArch = os.arch() === "x64" ? "amd64" : os.arch();

describe("this machine's Node.js", () => {
  const unusable = (Os: string, Arch: string) => ownNodeUnusable({ version: { Os, Arch } } as Engine);

  it.runIf(os.platform() === "linux")("runs on an engine of its own platform", () => {
    expect(unusable("linux", ownArch)).toBe("");
  });

  it("does not run on another", () => {
    expect(unusable("linux", "s390x")).toMatch(/^this machine is \w+\/\w+, the engine linux\/s390x$/);
    expect(unusable("windows", ownArch)).toContain("the engine windows/");
  });
});

describe("a name to pull", () => {
  it.each([
    ["node", "node:latest"],
    ["node:22", "node:22"],
    ["localhost:5000/node", "localhost:5000/node:latest"],
    ["localhost:5000/node:22", "localhost:5000/node:22"],
    ["node@sha256:abc", "node@sha256:abc"],
  ])("%s", (given, pulled) => {
    expect(withTag(given)).toBe(pulled);
  });
});
