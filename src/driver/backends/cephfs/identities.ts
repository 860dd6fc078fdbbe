import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../../core/errors.ts";
import { driverError } from "../../errors.ts";
import type { CephfsOptions } from "./options.ts";
import type { CephfsSettings } from "./settings.ts";

/** Who mounts: a name without `client.`, and the file with its key. */
export interface Identity {
  client: string;
  keyring: string;
}

/** The identity that a volume's options or the driver's settings name. */
export function namedIdentity({ client, keyring }: CephfsOptions, settings: CephfsSettings): Identity {
  if (client === undefined && keyring === undefined) return { client: settings.client, keyring: settings.keyring };
  const name = client ?? settings.client;
  const directory = path.dirname(settings.keyring);
  return { client: name, keyring: path.join(directory, keyring ?? `ceph.client.${name}.keyring`) };
}

/** Does something with a key in a file of its own, which nobody else can read and which is gone afterwards. */
export async function withKeyFile<T>(directory: string, text: string, work: (file: string) => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, `key-${randomUUID()}`);
  await writeFile(file, text, { mode: 0o600, flag: "wx" });
  try {
    return await work(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** The text of a keyring. */
export function keyringText(client: string, key: string): string {
  return `[client.${client}]\n\tkey = ${key}\n`;
}

/** The bare key of an identity. @throws SeatrialError MOUNT_FAILED; the message says nothing of the file's content */
export async function readKey({ client, keyring }: Identity): Promise<string> {
  const text = await readFile(keyring, "utf8").catch((error: unknown) => {
    throw driverError(
      "MOUNT_FAILED",
      `the keyring ${keyring} cannot be read: ${systemCode(error) ?? "no reason given"}`,
    );
  });
  const section = text.split(/^(?=\s*\[)/m).find((part) => part.trimStart().startsWith(`[client.${client}]`));
  const key = /^\s*key\s*=\s*(\S+)/m.exec(section ?? "")?.[1];
  if (key === undefined) throw driverError("MOUNT_FAILED", `the keyring ${keyring} has no key for client.${client}`);
  return key;
}
