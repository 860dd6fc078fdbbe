import { constants } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";
import { COMMAND_HOME, commandImageFiles, type CommandProgram } from "../../../runtimes/docker/command-files.ts";
import { interpreterOf } from "../../../runtimes/docker/elf.ts";
import { type ImageFile, listLibraries, unique } from "../../../runtimes/docker/node-files.ts";
import { findNative } from "../../../subjects/program.ts";
import { cliError } from "../../errors.ts";
import { ENTRY_SCRIPT } from "./entry-script.ts";
import { PLUGIN_ENTRY, type PluginBackEnd } from "./plugin-config.ts";

/** What a plugin is put together from. */
export interface PluginParts {
  backEnd: PluginBackEnd;
  command: CommandProgram;
  /** Every file of this machine that a program's name could mean. */
  find(name: string): Promise<string[]>;
}

/** By the package that has them, for whoever lacks one. */
const PROGRAMS: Readonly<Record<"all" | PluginBackEnd, Readonly<Record<string, string>>>> = {
  all: { sh: "dash", mount: "mount", umount: "mount", flock: "util-linux", cat: "coreutils", sleep: "coreutils" },
  directory: { stat: "coreutils" },
  // ceph-fuse runs `mount` through a shell, and ends some seconds later where it cannot.
  cephfs: { "ceph-fuse": "ceph-fuse", getfattr: "attr", setfattr: "attr" },
};

/** Without it the kernel's client cannot be used, and ceph-fuse can. */
const KERNEL_MOUNT = "mount.ceph";
/** What orders to the cluster go through, without Python. */
const CEPH_LIBRARIES: Readonly<Record<string, string>> = {
  "librados.so.2": "librados2",
  "libcephfs.so.2": "libcephfs2",
};
const NATIVE_PACKAGES = `${COMMAND_HOME}/node_modules/@koromix`;
const LIBRARY_CACHE = "/etc/ld.so.cache";

/**
 * All files of a plugin: this machine's Node.js, the command, and the programs that the back end runs, with their libraries
 * where they lie here.
 * @throws SeatrialError DRIVER_PART_MISSING, IMAGE_BUILD_FAILED
 */
export async function pluginFiles({ backEnd, command, find }: PluginParts, signal: AbortSignal) {
  const files: ImageFile[] = [
    ...(await commandImageFiles(command, signal)),
    { path: PLUGIN_ENTRY.slice(1), source: { text: ENTRY_SCRIPT }, mode: 0o755 },
  ];
  for (const [name, origin] of Object.entries({ ...PROGRAMS.all, ...PROGRAMS[backEnd] })) {
    const [source] = await find(name);
    if (source === undefined) throw missing(name, origin);
    files.push(...(await programFiles(`bin/${name}`, source, signal)));
  }
  if (backEnd === "cephfs") files.push(...(await cephFiles(command.nodePath, find, signal)));
  // Where libraries lie that are in none of the loader's own directories.
  if (await isThere(LIBRARY_CACHE)) files.push({ path: LIBRARY_CACHE.slice(1), source: LIBRARY_CACHE, mode: 0o644 });
  return unique(files);
}

/** A program and what it needs to run. */
async function programFiles(place: string, source: string, signal: AbortSignal): Promise<ImageFile[]> {
  const loader = await interpreterOf(source);
  if (loader === undefined) throw cliError("DRIVER_PART_MISSING", `${source} is no 64-bit Linux executable`);
  const libraries = loader === "" ? [] : [loader, ...(await listLibraries(source, loader, signal)).values()];
  return [{ path: place, source, mode: 0o755 }, ...libraries.map(libraryFile)];
}

async function cephFiles(nodePath: string, find: PluginParts["find"], signal: AbortSignal): Promise<ImageFile[]> {
  const native = findNative();
  if (native === undefined) throw missing("the foreign function module", "koffi (npm)");
  const loader = (await interpreterOf(nodePath)) ?? "";
  const wanted = Object.keys(CEPH_LIBRARIES);
  const libraries = await listLibraries(nodePath, loader, signal, [...wanted, native]);
  for (const [name, origin] of Object.entries(CEPH_LIBRARIES)) if (!libraries.has(name)) throw missing(name, origin);
  const [kernelMount] = await find(KERNEL_MOUNT);
  return [
    ...[...libraries.values()].map(libraryFile),
    ...nativeFiles(native),
    ...(kernelMount === undefined ? [] : await programFiles(`sbin/${KERNEL_MOUNT}`, kernelMount, signal)),
  ];
}

/** The module's package as far as it is looked for: its manifest and one binary. */
function nativeFiles(native: string): ImageFile[] {
  const folder = path.dirname(path.dirname(native));
  const inside = (file: string) => `${NATIVE_PACKAGES}/${path.basename(folder)}/${path.relative(folder, file)}`;
  return [native, path.join(folder, "package.json")].map((file) => ({ path: inside(file), source: file, mode: 0o644 }));
}

function libraryFile(library: string): ImageFile {
  return { path: library.slice(1), source: library, mode: 0o755 };
}

function isThere(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}

function missing(what: string, origin: string) {
  return cliError("DRIVER_PART_MISSING", `${what} is not on this machine; Debian's package with it is ${origin}`);
}
