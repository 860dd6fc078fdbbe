import { lstat, readFile, readlink, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { AgentBundle } from "../../core/agent.ts";
import { messageOf } from "../../core/errors.ts";
import type { ContainerSpec } from "../../core/runtime.ts";
import { fail } from "./errors.ts";
import type { KnownBind, Machine } from "./layout.ts";
import { isWithin, parseMountInfo } from "../../core/mount-info.ts";
import { findPrograms } from "../programs.ts";

/** What a program needs of the machine it runs on; shown read-only. No /home, /root, /var, /mnt, /sys. */
const SYSTEM_DIRECTORIES = "/usr /bin /sbin /lib /lib32 /lib64 /libx32 /etc /opt /nix /gnu /snap".split(" ");
const DEVICES = "/dev/null /dev/zero /dev/full /dev/random /dev/urandom".split(" ");

/** Where the agent's files are inside; the binary beside the script is where the agent looks for it. */
const AGENT_DIRECTORY = "/seatrial";

/** How the agent is started inside a container. */
export interface AgentPlace {
  nodePath: string;
  scriptPath: string;
}

/** Looks at the machine: what a container's root directory is made of, and where the agent is in it. */
export async function lookAtMachine(bundle: AgentBundle): Promise<Machine & { agent: AgentPlace }> {
  const nodePath = await realpath(bundle.nodePath);
  const scriptPath = `${AGENT_DIRECTORY}/${path.basename(bundle.scriptPath)}`;
  const entries = (await Promise.all(SYSTEM_DIRECTORIES.map(systemEntry))).filter((entry) => entry !== undefined);
  const system = entries.filter((entry) => entry.to === undefined).map((entry) => shown(entry.path, entry.path, true));
  const files = [shown(await realpath(bundle.scriptPath), scriptPath, false)];
  if (bundle.nativePath) files.push(shown(await realpath(bundle.nativePath), `${AGENT_DIRECTORY}/koffi.node`, false));
  return {
    mounts: parseMountInfo(await readFile("/proc/self/mountinfo", "utf8")),
    links: entries.flatMap(({ path: at, to }) => (to === undefined ? [] : [{ path: at, to }])),
    binds: [
      ...system,
      ...(await nodeBinds(nodePath, system)),
      ...files,
      ...DEVICES.map((device) => ({ source: device, target: device, readOnly: false, isDirectory: false })),
    ],
    agent: { nodePath, scriptPath },
  };
}

function shown(source: string, target: string, isDirectory: boolean): KnownBind {
  return { source, target, readOnly: true, isDirectory };
}

async function systemEntry(at: string): Promise<{ path: string; to: string | undefined } | undefined> {
  const found = await lstat(at).catch(() => undefined);
  if (found?.isSymbolicLink()) return { path: at, to: await readlink(at) };
  return found?.isDirectory() ? { path: at, to: undefined } : undefined;
}

/** A Node outside the system's directories (a version manager's) is shown with the libraries beside it. */
async function nodeBinds(nodePath: string, system: readonly KnownBind[]): Promise<KnownBind[]> {
  if (system.some(({ source }) => isWithin(nodePath, source))) return [];
  const directory = path.dirname(nodePath);
  const libraries = path.join(directory, "../lib");
  const hasLibraries = await stat(libraries)
    .then((found) => found.isDirectory())
    .catch(() => false);
  return [directory, ...(hasLibraries ? [libraries] : [])].map((at) => shown(at, at, true));
}

/**
 * Refuses what containers made of this machine cannot have.
 * @throws EMBEDDED_BAD_SPEC, EMBEDDED_PROGRAM_MISSING
 */
export async function checkSpec(
  { name, image, volumes = [], programs = [] }: ContainerSpec,
  machine: Machine,
  userPath: string | undefined,
): Promise<void> {
  const asks = (what: string, remedy: string) =>
    fail("EMBEDDED_BAD_SPEC", `container "${name}" asks for ${what}`, { remedy });
  if (image !== undefined)
    throw asks(
      `the image "${image}", but embedded containers show this machine's own system`,
      "Leave the image out, or choose a runtime that has images.",
    );
  if (volumes[0])
    throw asks(
      `the volume "${volumes[0].volume}", but the embedded runtime has no volumes`,
      "Give a directory with --path, or choose a runtime that keeps volumes with --runtime.",
    );
  for (const program of programs) {
    const found = await findPrograms(program, userPath);
    if (found.some((file) => machine.binds.some(({ source }) => isWithin(file, source)))) continue;
    const where = found[0] ? `it is at ${found[0]}, which containers do not see` : "it is in no directory of the PATH";
    throw fail("EMBEDDED_PROGRAM_MISSING", `container "${name}" needs the program "${program}": ${where}`);
  }
}

/** Looks at the sources of a spec's binds. @throws EMBEDDED_SOURCE_MISSING, EMBEDDED_BAD_SPEC */
export async function lookAtBinds(spec: ContainerSpec): Promise<KnownBind[]> {
  return Promise.all(
    spec.binds.map(async ({ source, target, readOnly = false }) => {
      const place = `container "${spec.name}": the mount source "${source}"`;
      if (!path.isAbsolute(source)) throw fail("EMBEDDED_BAD_SPEC", `${place} is not an absolute path`);
      try {
        const real = await realpath(source);
        return { source: real, target, readOnly, isDirectory: (await stat(real)).isDirectory() };
      } catch (error) {
        throw fail("EMBEDDED_SOURCE_MISSING", `${place} cannot be used: ${messageOf(error)}`, { cause: error });
      }
    }),
  );
}
