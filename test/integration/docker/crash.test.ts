import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { requires } from "../../requires.ts";
import { box, forever, freshOwner, leftoversOf, openWith, runtimeOn } from "./engine.ts";

const SCRIPT = path.resolve("dist/test/lab-process.mjs");

requires("docker", "root")("a lab that is a process of its own", () => {
  let directory = "";
  const children: ChildProcess[] = [];
  const labOf = (command: string, args: string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    return child;
  };
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "seatrial-crash-"));
    const options = { bundle: true, platform: "node", format: "esm", packages: "external" } as const;
    await build({ ...options, entryPoints: ["test/integration/docker/lab-process.ts"], outfile: SCRIPT });
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(directory, { recursive: true });
  });

  async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
    for await (const line of createInterface({ input: child.stdout as Readable }))
      return JSON.parse(line) as Record<string, unknown>;
    throw new Error("the lab said nothing");
  }

  async function killedLab(mode = "") {
    const owner = { runId: freshOwner().runId, lab: "lab-process:1:1" };
    const child = labOf(process.execPath, [SCRIPT, directory, owner.runId, mode]);
    expect(await firstLine(child)).toMatchObject({ opened: true });
    expect(await leftoversOf(owner)).not.toEqual([]);
    child.kill("SIGKILL");
    await once(child, "exit");
    return owner;
  }

  it("killed at once takes its containers with it", async () => {
    const owner = await killedLab();
    await vi.waitFor(async () => expect(await leftoversOf(owner)).toEqual([]), { timeout: 30_000 });
  });

  it("killed at once takes its disks with it", async () => {
    const owner = await killedLab("disk");
    await vi.waitFor(async () => expect(await leftoversOf(owner)).toEqual([]), { timeout: 30_000 });
  });

  it("killed while its container was paused leaves it to sweep, which touches nothing else", async () => {
    const owner = await killedLab("pause");
    const mine = freshOwner();
    await using environment = await openWith(runtimeOn(), mine, [box("a")]);
    expect(environment.container("a").name).toBe("a");
    const told = await runtimeOn().sweep(({ runId }) => runId !== owner.runId, forever);
    expect(told).toEqual([
      expect.stringMatching(
        new RegExp(`^container seatrial-${owner.runId}-test-a-.* \\(paused\\) of run ${owner.runId}$`),
      ),
    ]);
    expect(await leftoversOf(owner)).toEqual([]);
    expect(await leftoversOf(mine)).toHaveLength(1);
  });

  it("whose directory the engine does not see is told so", async () => {
    const inOwnMounts = 'mount -t tmpfs none "$2" && mkdir "$2/here" && exec "$0" "$1" "$2/here" run';
    const child = labOf("unshare", ["--mount", "sh", "-c", inOwnMounts, process.execPath, SCRIPT, directory]);
    expect(await firstLine(child)).toMatchObject({
      code: "MOUNT_SOURCE_MISSING",
      message: expect.stringContaining(path.join(directory, "here")),
      remedy: expect.stringContaining("exists on this machine"),
    });
  });
});
