import { findPrograms } from "../programs.ts";
import { interpreterOf } from "./elf.ts";
import { fail } from "./errors.ts";
import { HOME, type ImageFile, LIBRARIES, librariesOf, type Payload, unique } from "./node-files.ts";

/** In every search path that an engine or an image gives by default. */
const DIRECTORY = "usr/local/bin";

/** Which of this machine's programs go into an image. */
export interface ProgramRequest {
  programs: readonly string[];
  /** Whether the image has files of its own, which this machine's libraries must not disturb. */
  hasBase: boolean;
  userPath: string | undefined;
}

/**
 * The payload with programs of this machine, to be found by name. In an image without a base they run as they would
 * here; on a base, whose C library may be another, a line of shell starts them with the loader of this machine.
 * @throws PROGRAM_MISSING, IMAGE_BUILD_FAILED
 */
export async function withPrograms(payload: Payload, request: ProgramRequest, signal: AbortSignal): Promise<Payload> {
  if (request.programs.length === 0) return payload;
  const files = [...payload.files];
  for (const name of request.programs) files.push(...(await programFiles(name, request, signal)));
  const env = request.hasBase ? payload.env : [...payload.env, `LD_LIBRARY_PATH=${LIBRARIES}`];
  return { ...payload, files: unique(files), env };
}

async function programFiles(name: string, request: ProgramRequest, signal: AbortSignal): Promise<ImageFile[]> {
  const [source] = await findPrograms(name, request.userPath);
  if (!source) throw fail("PROGRAM_MISSING", `"${name}" is in no directory of this machine's PATH`);
  const loader = await interpreterOf(source);
  if (loader === undefined) throw fail("PROGRAM_MISSING", `"${name}" is ${source} here, which is no Linux executable`);
  const plain = { path: `${DIRECTORY}/${name}`, source, mode: 0o755 };
  if (loader === "") return [plain];
  const libraries = await librariesOf(source, loader, signal);
  if (!request.hasBase) return [plain, { path: loader.slice(1), source: loader, mode: 0o755 }, ...libraries];
  const inside = `/${HOME}/programs/${name}`;
  const text = `#!/bin/sh\nexec ${LIBRARIES}/${loader.replace(/.*\//, "")} --library-path ${LIBRARIES} ${inside} "$@"\n`;
  return [{ ...plain, source: { text } }, { ...plain, path: inside.slice(1) }, ...libraries];
}
