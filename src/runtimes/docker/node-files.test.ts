import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { interpreterOf } from "./elf.ts";
import { ownNodePayload, parseLibraries } from "./node-files.ts";

const forever = new AbortController().signal;

describe("a loader's list of libraries", () => {
  it("is read as glibc writes it", () => {
    const list = `\tlinux-vdso.so.1 (0x00007effda1a4000)
\tlibstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007effd9e00000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007effd9c1e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007effda1a6000)\n`;
    expect([...parseLibraries(list)]).toEqual([
      ["libstdc++.so.6", "/lib/x86_64-linux-gnu/libstdc++.so.6"],
      ["libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6"],
    ]);
  });

  it("is read as musl writes it: the C library is the loader under another name", () => {
    const list = `\t/lib/ld-musl-x86_64.so.1 (0x7f0000000000)
\tlibgcc_s.so.1 => /usr/lib/libgcc_s.so.1 (0x7f0000100000)
\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f0000000000)\n`;
    expect(parseLibraries(list).get("libc.musl-x86_64.so.1")).toBe("/lib/ld-musl-x86_64.so.1");
  });

  it("with one that is missing is an error that names it", () => {
    expect(() => parseLibraries("\tlibodd.so.1 => not found\n")).toThrow("libodd.so.1: not found");
  });
});

describe.runIf(os.platform() === "linux")("this machine's Node.js", () => {
  it("names its loader, and brings it with its libraries", async () => {
    const loader = await interpreterOf(process.execPath);
    const agent = { scriptPath: import.meta.filename, nodePath: process.execPath };
    const { files, node } = await ownNodePayload(agent, forever);
    expect(files.map((file) => file.path)).toContain("seatrial/agent.cjs");
    expect(files.find((file) => file.path === "seatrial/node")).toMatchObject({
      source: process.execPath,
      mode: 0o755,
    });
    expect(node.at(-1)).toBe("/seatrial/node");
    expect(node[0]).toBe(loader === "" ? "/seatrial/node" : `/seatrial/lib/${path.basename(loader ?? "")}`);
  });

  it("is refused where it is a script", async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), "seatrial-elf-"));
    const nodePath = path.join(directory, "node");
    await writeFile(nodePath, "#!/bin/sh\nexec something\n");
    expect(await interpreterOf(nodePath)).toBeUndefined();
    await expect(ownNodePayload({ scriptPath: nodePath, nodePath }, forever)).rejects.toMatchObject({
      code: "IMAGE_BUILD_FAILED",
    });
    await rm(directory, { recursive: true });
  });
});
