import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import path from "node:path";

/** Where a shell looks that was told nothing; pivot_root and mkfs are in sbin, which people who are not root often lack. */
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The user's search path with the usual one behind it. */
export function toolPath(userPath: string | undefined): string {
  return userPath ? `${userPath}:${USUAL_PATH}` : USUAL_PATH;
}

/**
 * Every file that a name could mean on this machine, links followed, in the order in which a shell would take them.
 * A name with a slash means none.
 */
export async function findPrograms(name: string, userPath: string | undefined): Promise<string[]> {
  if (name === "" || name.includes("/")) return [];
  const candidates = toolPath(userPath)
    .split(":")
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => executableAt(path.join(directory, name)));
  return (await Promise.all(candidates)).filter((file) => file !== undefined);
}

async function executableAt(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile() ? await realpath(file) : undefined;
  } catch {
    return undefined;
  }
}
