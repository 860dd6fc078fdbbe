import { interpreterOf } from "./elf.ts";
import { fail } from "./errors.ts";
import { type ImageFile, listLibraries, unique } from "./node-files.ts";

/** The command itself, as it is on this machine. */
export interface CommandProgram {
  nodePath: string;
  /** The command as one file without dependencies, and its `package.json`. */
  scriptPath: string;
  manifestPath: string;
}

const NODE = "usr/local/bin/node";
/** Where the command lies, without the leading slash. */
export const COMMAND_HOME = "opt/seatrial";

/**
 * The command as `/usr/local/bin/seatrial`, with Node.js. Loader and libraries lie where they lie here, so that the executable
 * finds them by itself.
 * @throws IMAGE_BUILD_FAILED
 */
export async function commandImageFiles(
  { nodePath, scriptPath, manifestPath }: CommandProgram,
  signal: AbortSignal,
): Promise<ImageFile[]> {
  const loader = await interpreterOf(nodePath);
  if (loader === undefined) throw fail("IMAGE_BUILD_FAILED", `${nodePath} is no 64-bit Linux executable`);
  const libraries = loader === "" ? [] : [loader, ...(await listLibraries(nodePath, loader, signal)).values()];
  const start = `#!/${NODE}\nimport("/${COMMAND_HOME}/dist/image/seatrial.mjs");\n`;
  return unique([
    ...libraries.map((library): ImageFile => ({ path: library.slice(1), source: library, mode: 0o755 })),
    { path: NODE, source: nodePath, mode: 0o755 },
    { path: "usr/local/bin/seatrial", source: { text: start }, mode: 0o755 },
    { path: `${COMMAND_HOME}/dist/image/seatrial.mjs`, source: scriptPath, mode: 0o644 },
    { path: `${COMMAND_HOME}/package.json`, source: manifestPath, mode: 0o644 },
  ]);
}
