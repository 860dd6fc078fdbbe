import fs from "node:fs";
import { z } from "zod";
import { DEFAULT_OPTIONS, type VolumeOptions } from "./options.ts";

const number = z.int().min(0);
const aboutSchema = z.object({
  createdAt: z.string(),
  options: z.object({
    ...{ mode: number, uid: number, gid: number },
    ...{ ro: z.boolean(), nosuid: z.boolean(), nodev: z.boolean(), noexec: z.boolean() },
  }),
});

/** What is known of a volume beside its data. */
export interface About {
  /** RFC 3339. */
  createdAt?: string;
  options: VolumeOptions;
  /** Nothing could be read of it but that it is there. */
  isDamaged?: boolean;
}

/** Writes it into a new file, and waits until it is on the disk. */
export function writeAbout(file: string, { createdAt, options }: About): void {
  const descriptor = fs.openSync(file, "wx", 0o600);
  try {
    fs.writeFileSync(descriptor, `${JSON.stringify({ format: 1, createdAt, options })}\n`);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Reads what was written once and never changes, and remembers it. */
export class AboutReader {
  readonly #read = new Map<string, { stamp: string; about: About }>();

  /** Undefined where there is none. One that is damaged keeps nobody from the data. */
  read(file: string): About | undefined {
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (!found) {
      this.#read.delete(file);
      return undefined;
    }
    const stamp = `${found.ino} ${found.ctimeMs}`;
    const known = this.#read.get(file);
    if (known?.stamp === stamp) return known.about;
    const about = parse(fs.readFileSync(file, "utf8"));
    this.#read.set(file, { stamp, about });
    return about;
  }
}

function parse(text: string): About {
  try {
    return aboutSchema.parse(JSON.parse(text));
  } catch {
    return { options: DEFAULT_OPTIONS, isDamaged: true };
  }
}
