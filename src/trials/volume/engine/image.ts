import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import type Dockerode from "dockerode";
import tar from "tar-stream";
import { messageOf } from "../../../core/errors.ts";
import { engineError } from "./errors.ts";
import { asked, found } from "./refusal.ts";

/** Where distributions put a busybox that needs no libraries. */
const BUSYBOX_PATHS = ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static", "/usr/bin/busybox.static"];
const REPOSITORY = "seatrial-volume";
/** What such an image has for engines to copy into an empty volume: `mode` and `uid` are the file's. */
export const FILLED = { path: "/filled", file: "from-image", text: "of the image\n", mode: 0o640, uid: 1234 };

/** An image of the machine's own busybox, made without a registry; gives its name. @throws VOLUME_ENGINE_IMAGE */
export async function makeImage(engine: Dockerode): Promise<string> {
  const busybox = findBusybox();
  try {
    const program = await fs.promises.readFile(busybox);
    const tag = createHash("sha256").update(program).digest("hex").slice(0, 12);
    const name = `${REPOSITORY}:${tag}`;
    if ((await found(engine.getImage(name).inspect())) === undefined)
      await importFiles(engine, name, await archiveOf(busybox));
    await tryShell(engine, name);
    return name;
  } catch (error) {
    throw engineError("VOLUME_ENGINE_IMAGE", `${busybox}: ${messageOf(error)}`, { cause: error });
  }
}

/** The image's files as a tar. @throws VOLUME_ENGINE_IMAGE */
export async function busyboxArchive(): Promise<Buffer> {
  return buffer(await archiveOf(findBusybox()));
}

function findBusybox(): string {
  const busybox = BUSYBOX_PATHS.find((path) => fs.existsSync(path));
  if (busybox === undefined) throw engineError("VOLUME_ENGINE_IMAGE", `there is no ${BUSYBOX_PATHS.join(", nor ")}`);
  return busybox;
}

async function archiveOf(busybox: string): Promise<tar.Pack> {
  const program = await fs.promises.readFile(busybox);
  const { stdout } = await promisify(execFile)(busybox, ["--list"]);
  const applets = stdout.trim().split("\n");
  const pack = tar.pack();
  const { path, file, text, mode, uid } = FILLED;
  pack.entry({ name: "tmp/", type: "directory", mode: 0o1777 });
  pack.entry({ name: `${path.slice(1)}/`, type: "directory", mode: 0o755 });
  pack.entry({ name: `${path.slice(1)}/${file}`, mode, uid, gid: uid }, text);
  pack.entry({ name: "bin/", type: "directory", mode: 0o755 });
  pack.entry({ name: "bin/busybox", mode: 0o755 }, program);
  for (const applet of applets.filter((name) => name !== "busybox"))
    pack.entry({ name: `bin/${applet}`, type: "symlink", linkname: "busybox" });
  pack.finalize();
  return pack;
}

async function importFiles(engine: Dockerode, repo: string, archive: tar.Pack): Promise<void> {
  const stream = await engine.importImage(archive, { repo, changes: ["ENV PATH=/bin", "WORKDIR /"] });
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
  });
}

/** A busybox with libraries starts nowhere but here. */
async function tryShell(engine: Dockerode, image: string): Promise<void> {
  const HostConfig = { NetworkMode: "none" };
  const container = await asked(engine.createContainer({ Image: image, Cmd: ["/bin/sh", "-c", "true"], HostConfig }));
  try {
    await asked(container.start());
    await asked(container.wait());
  } finally {
    await asked(container.remove({ force: true }));
  }
}
