import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentBundle } from "../core/agent.ts";
import type { Fault } from "../core/fault.ts";
import type { Runtime, RuntimeFactory, RuntimeSettings } from "../core/runtime.ts";
import type { Trial } from "../core/trial.ts";
import { cliError } from "./errors.ts";
import { stateDirOf } from "./state-dir.ts";
import type { Surroundings } from "./surroundings.ts";

/** What this build of Seatrial is made of. */
export interface Composition {
  version: string;
  trials: readonly Trial[];
  faults: readonly Fault[];
  /** The one to prefer first. */
  runtimes: readonly RuntimeFactory[];
  settings: RuntimeSettings;
}

/** Everything there is; one line for each trial, runtime and fault, in the list it belongs to. */
export async function compose({ env }: Pick<Surroundings, "env">): Promise<Composition> {
  const [{ trials }, { faults }, { docker }, { embedded }] = await Promise.all([
    import("../trials/index.ts"),
    import("../faults/index.ts"),
    import("../runtimes/docker/index.ts"),
    import("../runtimes/embedded/index.ts"),
  ]);
  return {
    version: packageVersion(),
    trials,
    faults,
    runtimes: [docker, embedded].sort((a, b) => a.preference - b.preference),
    settings: {
      agent: agentBundle(),
      diskScriptPath: path.join(ROOT, "dist", "disk", "disk.cjs"),
      env,
      stateDir: stateDirOf(env),
    },
  };
}

/** Every runtime, made but not yet asked anything. */
export function createRuntimes({ runtimes, settings }: Composition): Runtime[] {
  return runtimes.map((factory) => factory.create(settings));
}

/** The package's root, from its sources as from what is built of them. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** As `package.json` says. */
export function packageVersion(): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };
  return version;
}

/** What an image of the command is made of. @throws COMMAND_NOT_BUNDLED */
export function commandFiles(): { nodePath: string; scriptPath: string; manifestPath: string } {
  const scriptPath = path.join(ROOT, "dist", "image", "seatrial.mjs");
  if (!fs.existsSync(scriptPath)) throw cliError("COMMAND_NOT_BUNDLED", `${scriptPath} does not exist`);
  return { nodePath: process.execPath, scriptPath, manifestPath: path.join(ROOT, "package.json") };
}

/** The agent's files; whether they are there is for those to check who need them. */
function agentBundle(): AgentBundle {
  const nativePath = findNativeModule();
  return {
    scriptPath: path.join(ROOT, "dist", "agent", "agent.cjs"),
    nodePath: process.execPath,
    ...(nativePath === undefined ? {} : { nativePath }),
  };
}

/** The foreign function module ships one package a platform, with a binary for each of its C libraries. */
function findNativeModule(): string | undefined {
  const platform = `${os.platform()}-${os.arch()}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`@koromix/koffi-${platform}/package.json`);
    const file = path.join(path.dirname(manifest), `${libraryName()}_${os.arch()}`, "koffi.node");
    return fs.existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Node names the GNU C library's version in its own report; on Linux without one it is musl. */
function libraryName(): string {
  if (os.platform() !== "linux") return os.platform();
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? "musl" : "linux";
}
