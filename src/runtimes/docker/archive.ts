import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import tar from "tar-stream";
import type { ImageFile, Payload } from "./node-files.ts";

/** Files above this are told apart by path, size and time: reading 100 MB at each start would cost more than it gives. */
const READ_LIMIT_BYTES = 8 * 1024 * 1024;

/** Changes when anything in the payload does; 24 hexadecimal digits. */
export async function payloadDigest({ files, node, env }: Payload): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([node, env]));
  for (const file of files) hash.update(`\n${file.path} ${file.mode} `).update(await identityOf(file));
  return hash.digest("hex").slice(0, 24);
}

async function identityOf({ source }: ImageFile): Promise<string | Buffer> {
  if (typeof source !== "string") return source.text;
  const { size, mtimeMs } = await stat(source);
  return size > READ_LIMIT_BYTES ? `${source} ${size} ${mtimeMs}` : readFile(source);
}

/** A tar stream of directories and files, read as it is consumed, so that no more than a block is in memory. */
export function tarOf({ files }: Payload, directories: readonly { name: string; mode: number }[] = []): Readable {
  const pack = tar.pack();
  const mtime = new Date(0);
  const fill = async () => {
    for (const { name, mode } of directories) pack.entry({ name: `${name}/`, type: "directory", mode, mtime });
    for (const { path, source, mode } of files) {
      if (typeof source !== "string") {
        pack.entry({ name: path, mode, mtime }, source.text);
        continue;
      }
      const { size } = await stat(source);
      await pipeline(createReadStream(source), pack.entry({ name: path, mode, size, mtime }));
    }
    pack.finalize();
  };
  fill().catch((error: unknown) => pack.destroy(error as Error));
  return pack;
}
