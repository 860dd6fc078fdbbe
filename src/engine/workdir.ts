import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { messageOf } from "../core/errors.ts";
import type { DiskSpec } from "../core/disk.ts";
import type { BindMount, EnvironmentSpec, Owner } from "../core/runtime.ts";
import type { Scope } from "../core/scope.ts";
import type { Ledger } from "../store/ledger.ts";
import { undoThing } from "../store/undo.ts";
import { engineError } from "./errors.ts";

const PLACEHOLDER = "{workdir}";
const ARTIFACTS = "{artifacts}";

/** Where a working directory goes. */
export interface WorkdirRequest {
  /** Unique for the run and the trial; letters, digits and dashes. */
  name: string;
  /** An existing directory; the system's temporary one by default. */
  parent?: string | undefined;
  ledger: Ledger;
  owner: Owner;
}

/** Makes a trial's working directory, known to the ledger, and registers its removal. @throws WORKDIR_NOT_WRITABLE */
export function makeWorkdir(scope: Scope, { name, parent = os.tmpdir(), ledger, owner }: WorkdirRequest): string {
  const workdir = path.join(existing(parent), name);
  try {
    const entry = ledger.makeDirectory(workdir);
    scope.defer(`working directory ${workdir}`, async () => {
      // Refuses while something is mounted below: removing through a mount would reach what is not ours.
      await undoThing({ kind: "directory", path: workdir }, owner);
      entry.done();
    });
    // Containers may run as another user; the umask must not lock them out.
    fs.chmodSync(workdir, 0o755);
  } catch (error) {
    throw engineError("WORKDIR_NOT_WRITABLE", `cannot make ${workdir}: ${messageOf(error)}`, { cause: error });
  }
  return workdir;
}

/** The environment with `{workdir}` filled in; sources below it are made where they are missing. */
export function placeInWorkdir(spec: EnvironmentSpec, workdir: string): EnvironmentSpec {
  const place = (bind: BindMount): BindMount => {
    if (!bind.source.startsWith(PLACEHOLDER)) return bind;
    const source = path.join(workdir, bind.source.slice(PLACEHOLDER.length));
    makeSource(source, bind.make ?? "directory");
    return { ...bind, source };
  };
  const containers = spec.containers.map((container) => ({ ...container, binds: container.binds.map(place) }));
  return { ...spec, containers };
}

/** The environment with `{artifacts}` filled in where its disks keep their logs. */
export function placeInRun(spec: EnvironmentSpec, artifacts: () => string): EnvironmentSpec {
  const place = (disk: DiskSpec): DiskSpec =>
    disk.log?.startsWith(ARTIFACTS) ? { ...disk, log: path.join(artifacts(), disk.log.slice(ARTIFACTS.length)) } : disk;
  return spec.disks ? { ...spec, disks: spec.disks.map(place) } : spec;
}

function makeSource(source: string, kind: "directory" | "file"): void {
  fs.mkdirSync(kind === "file" ? path.dirname(source) : source, { recursive: true });
  if (kind === "file") fs.closeSync(fs.openSync(source, "a"));
}

/** Without symbolic links: an engine may see another tree than this process does. */
function existing(parent: string): string {
  try {
    return fs.realpathSync(parent);
  } catch (error) {
    throw engineError("WORKDIR_NOT_WRITABLE", `cannot use ${parent}: ${messageOf(error)}`, { cause: error });
  }
}
