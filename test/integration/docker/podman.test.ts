import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { requires } from "../../requires.ts";
import { agentIn, box, forever, freshOwner, leftoversOf, openWith, runtimeOn } from "./engine.ts";

/** Its defaults raise limits above what this process may have, and watch over each exec for 300 s after its end. */
const CONFIGURATION = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
exit_command_delay = 1
`;

requires("podman", "root")("Podman's socket", () => {
  let directory = "";
  let service: ChildProcess;
  let env: Record<string, string> = {};

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "seatrial-podman-"));
    const socket = path.join(directory, "podman.sock");
    env = { DOCKER_HOST: `unix://${socket}` };
    const configuration = path.join(directory, "containers.conf");
    await writeFile(configuration, CONFIGURATION);
    const places = ["root", "runroot", "tmpdir"].flatMap((name) => [`--${name}`, path.join(directory, name)]);
    service = spawn("podman", [...places, "system", "service", "--time=0", env["DOCKER_HOST"] ?? ""], {
      stdio: "ignore",
      env: { ...process.env, CONTAINERS_CONF: configuration },
    });
    const listening = () => {
      if (!existsSync(socket)) throw new Error("no socket yet");
    };
    await vi.waitFor(listening, { timeout: 60_000 });
  });

  afterAll(async () => {
    await runtimeOn(env).removeCache(forever);
    service.kill();
    await once(service, "exit");
    // Podman mounts its own store upon itself and leaves it so.
    spawnSync("umount", [path.join(directory, "root", "overlay")]);
    await rm(directory, { recursive: true, force: true });
  });

  it("says who answers there", async () => {
    const checks = await runtimeOn(env).preflight(forever);
    expect(checks.map(({ state }) => state)).not.toContain("fail");
    expect(checks.find(({ id }) => id === "disk")).toMatchObject({ state: "warn" });
    expect((await runtimeOn(env).facts(forever))["engine"]).toMatch(/^Podman \d/);
  });

  it("carries containers with agents, paused and resumed, and leaves nothing", async () => {
    const owner = freshOwner();
    const source = await mkdtemp(path.join(directory, "data-"));
    const environment = await openWith(runtimeOn(env), owner, [box("a", [{ source, target: "/data" }]), box("b")]);
    const agent = await agentIn(environment, "a");
    await writeFile(path.join(source, "file"), "ahoy");
    expect(await agent.call("files.read", { path: "/data/file" })).toBe("ahoy");
    await environment.controls.process?.pause("a");
    const waiting = agent.call("agent.echo", "late");
    await environment.controls.process?.resume("a");
    expect(await waiting).toBe("late");
    await environment.controls.process?.kill("b");
    await environment.controls.process?.start("b");
    expect(await (await agentIn(environment, "b")).call("agent.echo", "again")).toBe("again");
    await environment[Symbol.asyncDispose]();
    expect(await leftoversOf(owner, env)).toEqual([]);
  });

  it("has no disks, since it would make something else of them, and says so", async () => {
    const owner = freshOwner();
    const spec = { ...box("a"), disks: [{ disk: "d", target: "/disk" }] };
    const opening = openWith(runtimeOn(env), owner, [spec], [], true);
    await expect(opening).rejects.toMatchObject({ code: "DISKS_ELSEWHERE" });
    expect(await leftoversOf(owner, env)).toEqual([]);
  });

  it("is swept of a paused container", async () => {
    const owner = freshOwner();
    const environment = await openWith(runtimeOn(env), owner, [box("a")]);
    await environment.controls.process?.pause("a");
    expect(await runtimeOn(env).sweep(({ runId }) => runId !== owner.runId, forever)).toHaveLength(1);
    expect(await leftoversOf(owner, env)).toEqual([]);
  });
});
