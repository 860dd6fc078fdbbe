import { z } from "zod";
import { type CephfsOptions, cephfsOptions } from "./options.ts";
import type { Subvolumes } from "./subvolumes.ts";

/** The cluster keeps it in lower case. */
const KEY = "seatrial";
const record = z.object({ version: z.literal(1), options: z.unknown() });

/**
 * What a volume was made with, as the cluster keeps it beside the volume for every host; undefined where its making was
 * never completed, or somebody else made it, or a later version of this program wrote it.
 */
export async function readRecord(
  subvolumes: Subvolumes,
  name: string,
  signal: AbortSignal,
): Promise<CephfsOptions | undefined> {
  const text = await subvolumes.metadata(name, KEY, signal);
  if (text === undefined) return undefined;
  const stored = record.safeParse(parse(text));
  const options = cephfsOptions.safeParse(stored.data?.options);
  return options.data;
}

/** Written last: with it a volume is complete. */
export async function writeRecord(
  subvolumes: Subvolumes,
  name: string,
  options: CephfsOptions,
  signal: AbortSignal,
): Promise<void> {
  // The cluster takes a percent sign for the beginning of a reference.
  const text = JSON.stringify({ version: 1, options }).replaceAll("%", "\\u0025");
  await subvolumes.setMetadata(name, KEY, text, signal);
}

/** Names of the options that were asked for and are not what the volume has. */
export function differences(asked: CephfsOptions, has: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(asked)
    .filter(([key, value]) => value !== undefined && value !== has[key])
    .map(([key]) => key);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
