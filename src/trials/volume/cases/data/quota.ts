import path from "node:path";
import type { VolumeOptions } from "../../model.ts";
import { HandsFailed } from "../../subject.ts";
import type { CaseContext, VolumeCase } from "../case.ts";
import { failureOf, leaveMark, viewOf } from "../sight.ts";

const MEBIBYTE = 2 ** 20;
/** Larger limits are not written full. */
const LARGEST_BYTES = 256 * MEBIBYTE;
/** A limit that is kept by the clients of a cluster works so much later. */
const LATE_MS = 10_000;
const PAUSE_MS = 50;
/** Writes that must be refused once one was. */
const REFUSALS = 3;
const UNITS = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Limits of a volume's size. */
export const quotaCases: readonly VolumeCase[] = [
  {
    id: "D08",
    title: "A full volume refuses to be written to",
    severity: "medium",
    action: "Makes a volume with a size, writes past it and goes on for up to 10 s, and writes to another volume.",
    requirement:
      "Within 10 s of passing the limit a write is refused for want of space, and each one after it; other volumes are written to.",
    reason:
      "A limit that does not hold lets one container fill what all share. Limits of clustered file systems work late, so no percentage is asked for.",
    needs: ["mounts"],
    run: refusesBeyondSize,
  },
];

async function refusesBeyondSize(context: CaseContext): Promise<void> {
  const limited = limitedOptions(context);
  if (!limited) return context.skip("none of the options that the suite was given limits a size to 256 MiB or less");
  const name = await context.volume(limited.options);
  const file = path.join(await context.mount(name, context.mountId()), "full");
  const { code, writtenBytes } = await writeUntilRefused(context, file, limited.sizeBytes);
  if (code === undefined && context.scale.patienceMs < LATE_MS)
    context.skip("writes past the size were not refused as long as the profile waits");
  const seen = `${(writtenBytes / MEBIBYTE).toFixed(1)} MiB of ${(limited.sizeBytes / MEBIBYTE).toFixed(1)} MiB written: ${code ?? "never refused"}`;
  context.demand("A write past the size is refused within 10 s.", code !== undefined, seen);
  context.check("It is refused for want of space.", isWantOfSpace(code), seen);
  context.observe(`a size is refused at ${((100 * writtenBytes) / limited.sizeBytes).toFixed(0)} % of it`);
  for (let count = 0; count < REFUSALS; count++) {
    const failure = await failureOf(viewOf(context).files.append(file, "x".repeat(MEBIBYTE)));
    context.check(
      "From then on each write is refused.",
      failure !== undefined,
      failure?.message ?? "1 MiB more was written",
    );
  }
  await leaveMark(context, await context.mount(await context.volume(), context.mountId()));
}

/** Writes 1 MiB at a time until the limit was passed so long ago that it must work. */
async function writeUntilRefused(
  context: CaseContext,
  file: string,
  sizeBytes: number,
): Promise<{ code: string | undefined; writtenBytes: number }> {
  const { clock, signal } = context;
  const { files } = viewOf(context);
  let endNs = Number.POSITIVE_INFINITY;
  for (let writtenBytes = 0; ; writtenBytes += MEBIBYTE) {
    if (clock.nowNs() > endNs) return { code: undefined, writtenBytes };
    try {
      await files.append(file, "x".repeat(MEBIBYTE));
    } catch (error) {
      if (error instanceof HandsFailed) return { code: error.code, writtenBytes };
      throw error;
    }
    if (writtenBytes < sizeBytes) continue;
    endNs = Math.min(endNs, clock.nowNs() + Math.min(LATE_MS, context.scale.patienceMs) * 1e6);
    await clock.sleep(PAUSE_MS, signal);
  }
}

function isWantOfSpace(code: string | undefined): boolean {
  return code === "ENOSPC" || code === "EDQUOT";
}

/** The options that were given, where one of them is a size that can be written full. */
function limitedOptions({ subject }: CaseContext): { options: VolumeOptions; sizeBytes: number } | undefined {
  const { good, other } = subject.options;
  for (const options of [good, ...(other ? [other] : [])]) {
    const sizeBytes = bytesIn(options["size"] ?? options["quota"] ?? "");
    if (sizeBytes > 0 && sizeBytes <= LARGEST_BYTES) return { options, sizeBytes };
  }
  return undefined;
}

/** `10M`, `10MiB`, `10485760`; 0 for what is no size. */
function bytesIn(text: string): number {
  const [, digits, unit = ""] = /^(\d+)\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  return Number(digits ?? 0) * UNITS[unit.toLowerCase() as keyof typeof UNITS];
}
