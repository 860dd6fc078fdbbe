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
  /** A file on this machine, or what is to be in it. */
  source: string | { text: string };
  mode: number;
}

/** What has to be in an image, and how Node.js is called there. */
export interface Payload {
  files: ImageFile[];
  /** The executable and its first arguments; a script follows. */
  node: string[];
  /** Variables (`NAME=value`) that its programs need. */
  env: string[];
}

/** Where everything of ours lies in an image, without the leading slash. */
export const HOME = "seatrial";

/** Where the agent's script lies in every image. */
export const AGENT_SCRIPT = `/${HOME}/agent.cjs`;

/** Where the loader finds this machine's libraries inside. */
export const LIBRARIES = `/${HOME}/lib`;

/** Where the foreign function module lies, in images that carry this machine's Node.js. */
export const AGENT_NATIVE = `/${HOME}/koffi.node`;

const run = promisify(execFile);

/** Only the agent's script: the base image brings its own Node.js, and this machine's native module would not load. */
export function scriptPayload(agent: AgentBundle): Payload {
  return { files: [script(agent)], node: ["node"], env: [] };
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
  if (loader === "") return { files, node: [`/${HOME}/node`], env: [] };

  for (const object of [agent.nodePath, ...(agent.nativePath ? [agent.nativePath] : [])])
    files.push(...(await librariesOf(object, loader, signal)));
  const inside = `/${HOME}/lib/${path.basename(loader)}`;
  return { files: unique(files), node: [inside, "--library-path", LIBRARIES, `/${HOME}/node`], env: [] };
}

/** Each path once: programs of one machine share libraries. */
export function unique(files: readonly ImageFile[]): ImageFile[] {
  return [...new Map(files.map((entry) => [entry.path, entry])).values()];
}

/**
 * The loader of an executable or a library of this machine, and every library that it names, for `LIBRARIES`.
 * @throws IMAGE_BUILD_FAILED where one is missing
 */
export async function librariesOf(object: string, loader: string, signal: AbortSignal): Promise<ImageFile[]> {
  const libraries = [[path.basename(loader), loader] as const, ...(await listLibraries(object, loader, signal))];
  return libraries.map(([name, source]) => file(`lib/${name}`, source, 0o755));
}

/**
 * Name and path of every library that an executable of this machine needs, and of `more` with what those need. One of `more`
 * that this machine lacks is not in the list.
 * @throws IMAGE_BUILD_FAILED
 */
export async function listLibraries(
  object: string,
  loader: string,
  signal: AbortSignal,
  more: readonly string[] = [],
): Promise<Map<string, string>> {
  try {
    // What ldd does, without needing ldd: both glibc's and musl's loader have this option.
    const preload = more.length > 0 ? ["--preload", more.join(" ")] : [];
    const { stdout } = await run(loader, [...preload, "--list", object], { signal });
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
