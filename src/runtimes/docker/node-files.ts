import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { AgentBundle } from "../../core/agent.ts";
import { messageOf } from "../../core/errors.ts";
import { interpreterOf } from "./elf.ts";
import { fail } from "./errors.ts";

/** One file of an image. */
export interface ImageFile {
  /** Inside the image, without the leading slash. */
  path: string;
  /** On this machine. */
  source: string;
  mode: number;
}

/** What has to be in an image, and how Node.js is called there. */
export interface Payload {
  files: ImageFile[];
  /** The executable and its first arguments; a script follows. */
  node: string[];
}

const HOME = "seatrial";

/** Where the agent's script lies in every image. */
export const AGENT_SCRIPT = `/${HOME}/agent.cjs`;

/** Where the foreign function module lies, in images that carry this machine's Node.js. */
export const AGENT_NATIVE = `/${HOME}/koffi.node`;

const run = promisify(execFile);

/** Only the agent's script: the base image brings its own Node.js, and this machine's native module would not load. */
export function scriptPayload(agent: AgentBundle): Payload {
  return { files: [script(agent)], node: ["node"] };
}

/**
 * This machine's Node.js with its loader and libraries, so that it runs on any base image of the architecture, an
 * empty one or one with another C library too.
 * @throws IMAGE_BUILD_FAILED where Node.js here is no Linux executable or lacks a library
 */
export async function ownNodePayload(agent: AgentBundle, signal: AbortSignal): Promise<Payload> {
  const native = agent.nativePath ? [file("koffi.node", agent.nativePath, 0o644)] : [];
  const files = [script(agent), ...native, file("node", agent.nodePath, 0o755)];
  const loader = await interpreterOf(agent.nodePath);
  if (loader === undefined) throw fail("IMAGE_BUILD_FAILED", `${agent.nodePath} is no 64-bit Linux executable`);
  if (loader === "") return { files, node: [`/${HOME}/node`] };

  const libraries = new Map<string, string>();
  for (const object of [agent.nodePath, ...(agent.nativePath ? [agent.nativePath] : [])]) {
    for (const [name, source] of await librariesOf(object, loader, signal)) libraries.set(name, source);
  }
  const loaderName = path.basename(loader);
  libraries.set(loaderName, loader);
  for (const [name, source] of libraries) files.push(file(`lib/${name}`, source, 0o755));
  return { files, node: [`/${HOME}/lib/${loaderName}`, "--library-path", `/${HOME}/lib`, `/${HOME}/node`] };
}

async function librariesOf(object: string, loader: string, signal: AbortSignal): Promise<Map<string, string>> {
  try {
    // What ldd does, without needing ldd: both glibc's and musl's loader have this option.
    const { stdout } = await run(loader, ["--list", object], { signal });
    return parseLibraries(stdout);
  } catch (error) {
    signal.throwIfAborted();
    throw fail("IMAGE_BUILD_FAILED", `the libraries of ${object} cannot be found: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Name and path of each library in a loader's list. The loader itself and the kernel's own (vdso) have no arrow. */
export function parseLibraries(list: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of list.split("\n")) {
    const [, name, target] = /^\s*(\S+) => (.+?)(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
    if (!name || !target) continue;
    if (!target.startsWith("/")) throw new Error(`${name}: ${target}`);
    found.set(path.basename(name), target);
  }
  return found;
}

function script(agent: AgentBundle): ImageFile {
  return file("agent.cjs", agent.scriptPath, 0o644);
}

function file(name: string, source: string, mode: number): ImageFile {
  return { path: `${HOME}/${name}`, source, mode };
}
