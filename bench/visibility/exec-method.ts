import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { Environment } from "../../src/core/runtime.ts";
import { connectEngine } from "../../src/runtimes/docker/connect.ts";
import { createDockerRuntime } from "../../src/runtimes/docker/index.ts";
import { currentOwner } from "../../src/store/owner.ts";

const PAUSE_MS = 1;
const CONTENT_CHARACTERS = 100;
const INSIDE = "/subject";

/** This machine's own programs, so that there is a `test` and a `cat` inside without another image. */
const PROGRAMS = ["/bin", "/usr", "/lib", "/lib64"].filter((directory) => fs.existsSync(directory));

/** A container that is asked by a new process for every look. */
export interface ExecMethod extends AsyncDisposable {
  /** Makes a file or a directory on the host and looks until it is visible inside. Milliseconds from the end of the making. */
  sample(kind: "file" | "directory"): Promise<number>;
  /** The same looks at what has been visible all along: what the method itself takes. */
  floor(kind: "file" | "directory"): Promise<number>;
}

/**
 * The method of tools that poll with the engine's exec: a file is there when `test -f` and `cat` succeed and the content
 * is right, a directory when `test -d` does; between two looks they pause for a millisecond.
 */
export async function openExecMethod(folder: string): Promise<ExecMethod> {
  const container = await startContainer(folder);
  const engine = await connectEngine(process.env, new AbortController().signal);
  const handle = engine.client.getContainer(container.id);
  const look = (kind: "file" | "directory", name: string, content: string) =>
    kind === "file" ? seesFile(handle, name, content) : succeeds(handle, ["test", "-d", `${INSIDE}/${name}`]);
  const untilSeen = async (kind: "file" | "directory", name: string, content: string) => {
    const beganMs = performance.now();
    while (!(await look(kind, name, content))) await wait(PAUSE_MS);
    return performance.now() - beganMs;
  };
  const within = async (kind: "file" | "directory", settleMs: number) => {
    const name = randomBytes(5).toString("hex");
    const content = randomBytes(CONTENT_CHARACTERS / 2).toString("hex");
    make(path.join(folder, name), kind, content);
    if (settleMs > 0) await wait(settleMs);
    const tookMs = await untilSeen(kind, name, content);
    fs.rmSync(path.join(folder, name), { recursive: true });
    return tookMs;
  };
  return {
    sample: (kind) => within(kind, 0),
    floor: (kind) => within(kind, 50),
    [Symbol.asyncDispose]: () => container.environment[Symbol.asyncDispose](),
  };
}

async function startContainer(folder: string): Promise<{ id: string; environment: Environment }> {
  const runtime = createDockerRuntime({ agent: agentBundle(), env: process.env, stateDir: folder });
  const programs = PROGRAMS.map((directory) => ({ source: directory, target: directory, readOnly: true }));
  const binds = [{ source: folder, target: INSIDE }, ...programs];
  const environment = await runtime.open(
    { name: "exec", containers: [{ name: "main", binds, tmpfs: [] }] },
    {
      owner: currentOwner(`bench-${randomBytes(4).toString("hex")}`, process.pid),
      signal: new AbortController().signal,
      progress: () => {},
    },
  );
  return { id: environment.container("main").facts["id"] ?? "", environment };
}

function agentBundle() {
  const native = `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`;
  return {
    scriptPath: path.resolve("dist/agent/agent.cjs"),
    nodePath: process.execPath,
    nativePath: createRequire(import.meta.url).resolve(native),
  };
}

function make(file: string, kind: "file" | "directory", content: string): void {
  if (kind === "directory") return fs.mkdirSync(file);
  const descriptor = fs.openSync(file, "wx");
  fs.writeSync(descriptor, content);
  fs.fsyncSync(descriptor);
  fs.closeSync(descriptor);
}

async function seesFile(container: Dockerode.Container, name: string, content: string): Promise<boolean> {
  const file = `${INSIDE}/${name}`;
  if (!(await succeeds(container, ["test", "-f", file]))) return false;
  const { status, output } = await execute(container, ["cat", file]);
  return status === 0 && output.trim() === content;
}

async function succeeds(container: Dockerode.Container, command: string[]): Promise<boolean> {
  return (await execute(container, command)).status === 0;
}

/** Create, start, read to the end, inspect: four requests to the engine and one process. */
async function execute(
  container: Dockerode.Container,
  command: string[],
): Promise<{ status: number | null; output: string }> {
  const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  let output = "";
  for await (const chunk of stream) output += String(chunk);
  return { status: (await exec.inspect()).ExitCode, output };
}
