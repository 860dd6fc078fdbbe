import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ShareDials } from "../../../src/trials/visibility/subjects/share/dials.ts";
import { type Share, startShare } from "../../../src/trials/visibility/subjects/share/start.ts";
import { Party, type Sight } from "./party.ts";

/** A share that is being tested, and somebody who looks through it. */
export interface Place {
  share: Share;
  source: string;
  mountpoint: string;
  /** The same new name on both sides. */
  fresh(): { source: string; mounted: string; name: string };
  reader: Party;
}

export async function makePlace(dials: Partial<ShareDials>): Promise<Place> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "share-test-"));
  const [source, mountpoint] = [path.join(directory, "source"), path.join(directory, "mount")];
  for (const side of [source, mountpoint]) fs.mkdirSync(side);
  const share = await startShare({ source, mountpoint, dials });
  let serial = 0;
  const fresh = () => {
    const name = `f${serial++}`;
    return { name, source: path.join(source, name), mounted: path.join(mountpoint, name) };
  };
  return { share, fresh, source, mountpoint, reader: new Party() };
}

export async function leave({ share, reader, source }: Place): Promise<void> {
  reader.leave();
  await share.stop();
  fs.rmSync(path.dirname(source), { recursive: true, force: true });
}

/** Makes another file take the place of this one. */
export function replace(file: string, content: string): void {
  fs.writeFileSync(`${file}.new`, content);
  fs.renameSync(`${file}.new`, file);
}

export const lastSight = (sights: Sight[]): Sight => sights.at(-1) ?? { value: "nothing seen", atNs: 0n, seenNs: 0n };
export const values = (sights: Sight[]): unknown[] => sights.map(({ value }) => value);

/** A tick of a 250 Hz kernel, and the time from the look that armed a cache to the change. */
export const EARLY_MS = 40;
/** What two processors that do other things as well take. */
export const LATE_MS = 150;

/** By how much the best of some rounds may be late on a busy machine; how exact a delay is, `npm run bench` measures. */
export const BEST_LATE_MS = 25;
