import { chmod, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { messageOf, SeatrialError } from "../../../core/errors.ts";
import type { ImageFile } from "../../../runtimes/docker/node-files.ts";
import { cliError } from "../../errors.ts";

/** Without the second, for its own socket, ceph-fuse 16.2 aborts. */
const DIRECTORIES: Readonly<Record<string, number>> = { tmp: 0o1777, "var/run/ceph": 0o755 };

/** Writes `config.json` and `rootfs` into a directory that is new or empty. @throws SeatrialError DRIVER_PACKAGE_PLACE */
export async function writePlugin(directory: string, config: object, files: readonly ImageFile[]): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length > 0) throw cliError("DRIVER_PACKAGE_PLACE", `${directory} is not empty`);
    await writeFile(path.join(directory, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    const root = path.join(directory, "rootfs");
    for (const [name, mode] of Object.entries(DIRECTORIES)) await makeDirectory(path.join(root, name), mode);
    for (const file of files) await writeImageFile(root, file);
  } catch (error) {
    if (error instanceof SeatrialError) throw error;
    throw cliError("DRIVER_PACKAGE_PLACE", `${directory}: ${messageOf(error)}`, { cause: error });
  }
}

async function makeDirectory(directory: string, mode: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, mode);
}

async function writeImageFile(root: string, { path: inside, source, mode }: ImageFile): Promise<void> {
  const file = path.join(root, inside);
  await mkdir(path.dirname(file), { recursive: true });
  await (typeof source === "string" ? copyFile(source, file) : writeFile(file, source.text));
  await chmod(file, mode);
}
