import { engineMessage } from "./engine-error.ts";
import { tarOf } from "./archive.ts";
import { connectEngine } from "./connect.ts";
import { interpreterOf } from "./elf.ts";
import { fail } from "./errors.ts";
import { ownNodeUnusable } from "./image.ts";
import { type ImageFile, listLibraries, unique } from "./node-files.ts";
import { followSteps } from "./progress-stream.ts";

/** An image of the command itself, made without a registry from what is on this machine. */
export interface CommandImage {
  /** `seatrial:0.1.0`; what bore the name before loses it. */
  tag: string;
  nodePath: string;
  /** The command as one file without dependencies, and its `package.json`. */
  scriptPath: string;
  manifestPath: string;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const NODE = "usr/local/bin/node";
const HOME = "opt/seatrial";

/** Nobody's number in images that have no users: files of the platform are not its own, volumes are by their group. */
const USER = "65532:65532";

/**
 * Puts this machine's Node.js and the command into an image of nothing else, and gives the image's id. It runs as an ordinary
 * user, `seatrial integrity loop` unless told otherwise.
 * @throws SeatrialError ENGINE_*, IMAGE_PLATFORM, IMAGE_BUILD_FAILED
 */
export async function buildCommandImage(
  env: Readonly<Record<string, string | undefined>>,
  image: CommandImage,
  signal: AbortSignal,
): Promise<string> {
  const { tag } = image;
  if (!/^[a-z0-9][\w./-]*(:[\w][\w.-]{0,127})?$/.test(tag))
    throw fail("IMAGE_TAG_INVALID", `"${tag}" cannot be the name of an image`);
  const engine = await connectEngine(env, signal);
  const unusable = ownNodeUnusable(engine);
  if (unusable) throw fail("IMAGE_PLATFORM", unusable);
  const files = await filesOf(image, signal);
  const changes = [
    `ENV PATH=${PATH}`,
    `USER ${USER}`,
    'ENTRYPOINT ["seatrial"]',
    'CMD ["integrity", "loop"]',
    "EXPOSE 9464",
  ];
  try {
    const archive = tarOf({ files, node: [], env: [] }, [{ name: "tmp", mode: 0o1777 }]);
    const stream = await engine.client.importImage(archive, { repo: tag, changes, abortSignal: signal });
    await followSteps(stream, () => {});
    return (await engine.client.getImage(tag).inspect()).Id;
  } catch (error) {
    signal.throwIfAborted();
    throw fail("IMAGE_BUILD_FAILED", engineMessage(error), { cause: error });
  }
}

/** Loader and libraries lie where they lie here, so that the executable finds them by itself. */
async function filesOf(
  { nodePath, scriptPath, manifestPath }: CommandImage,
  signal: AbortSignal,
): Promise<ImageFile[]> {
  const loader = await interpreterOf(nodePath);
  if (loader === undefined) throw fail("IMAGE_BUILD_FAILED", `${nodePath} is no 64-bit Linux executable`);
  const libraries = loader === "" ? [] : [loader, ...(await listLibraries(nodePath, loader, signal)).values()];
  const start = `#!/${NODE}\nimport("/${HOME}/dist/image/seatrial.mjs");\n`;
  return unique([
    ...libraries.map((library): ImageFile => ({ path: library.slice(1), source: library, mode: 0o755 })),
    { path: NODE, source: nodePath, mode: 0o755 },
    { path: "usr/local/bin/seatrial", source: { text: start }, mode: 0o755 },
    { path: `${HOME}/dist/image/seatrial.mjs`, source: scriptPath, mode: 0o644 },
    { path: `${HOME}/package.json`, source: manifestPath, mode: 0o644 },
  ]);
}
