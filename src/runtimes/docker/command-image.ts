import { engineMessage } from "./engine-error.ts";
import { tarOf } from "./archive.ts";
import { commandImageFiles, type CommandProgram } from "./command-files.ts";
import { connectEngine } from "./connect.ts";
import { fail } from "./errors.ts";
import { ownNodeUnusable } from "./image.ts";
import { followSteps } from "./progress-stream.ts";

/** An image of the command, made without a registry. */
export interface CommandImage extends CommandProgram {
  /** `seatrial:0.1.0`; what bore the name before loses it. */
  tag: string;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
  const files = await commandImageFiles(image, signal);
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
