import type { FioResult } from "../model.ts";

type Extent = FioResult["extents"][number];

/** What fio's standard error tells: where data is bad, and everything else that it says. */
export type Complaints = Pick<FioResult, "extents" | "messages">;

const MOST_EXTENTS = 200;
const MOST_MESSAGES = 20;

const REQUESTED = String.raw` \(requested block: offset=(\d+), length=(\d+)`;
/** "crc32c: verify failed at file F offset 4096, length 512 (requested block: offset=4096, length=4096, flags=8)" */
const CONTENT = new RegExp(String.raw`^(\S+): verify failed at file .* offset (\d+), length (\d+)${REQUESTED}`);
/** "verify: bad header rand_seed 1, wanted 2 at file F offset 4096, length 4096 (requested block: ...)" */
const HEADER = new RegExp(String.raw`^verify: (.+?) at file .* offset (\d+), length (\d+)${REQUESTED}`);
/** "fio: io_u error on file F: Input/output error: read offset=262144, buflen=131072", the name absent at times. */
const TRANSFER = /^fio: io_u error(?: on file .*)?: ([^:]+): (\w+) offset=(\d+), buflen=(\d+)$/;
/** Said before the line that has the place. The offset counts from the start of the block. */
const BYTE = /^fio: got pattern '(..)', wanted '(..)'/;
const PLACE = /^fio: bad pattern block offset (\d+)$/;
/** Follows a damaged block and adds nothing: without a header fio compares its own pattern's bytes. */
const NOISE = /^fio: verify type mismatch|^\s+(Expected|Received) CRC: |^fio: pid=\d+, err=\d+/;

/** Reads standard error of 3.33 to 3.42. The length that older versions say for a pattern is made of data: it is not used. */
export function readComplaints(stderr: string): Complaints {
  const extents: Extent[] = [];
  const messages: string[] = [];
  let differing: { byte?: string; place?: string } = {};
  for (const line of stderr.split("\n")) {
    const byte = BYTE.exec(line);
    const place = PLACE.exec(line);
    if (byte) differing = { byte: `got ${byte[1]}, wanted ${byte[2]}` };
    else if (place) differing.place = `at byte ${place[1]} of the block`;
    else {
      const extent = readExtent(line, differing);
      if (extent) addExtent(extents, extent);
      else if (line.trim() !== "" && !NOISE.test(line) && messages.length < MOST_MESSAGES) messages.push(line.trim());
      if (extent) differing = {};
    }
  }
  return { extents, messages };
}

function readExtent(line: string, { byte, place }: { byte?: string; place?: string }): Extent | undefined {
  const content = CONTENT.exec(line);
  if (content?.[1] === "pattern") {
    const detail = [byte, place].filter((part) => part !== undefined).join(" ");
    return extentOf(content[4], content[5], `pattern differs: ${detail}`);
  }
  if (content) return extentOf(content[2], content[3], `${content[1]} differs`);
  const header = HEADER.exec(line);
  if (header) return extentOf(header[2], header[3], header[1] ?? "");
  const transfer = TRANSFER.exec(line);
  return transfer ? extentOf(transfer[3], transfer[4], `${transfer[2]}: ${transfer[1]}`) : undefined;
}

function extentOf(offset = "", lengthBytes = "", what: string): Extent {
  return { offset: Number(offset), lengthBytes: Number(lengthBytes), what };
}

/** Neighbours with the same kind of damage become one, which keeps what was said of the first. */
function addExtent(extents: Extent[], extent: Extent): void {
  const last = extents.at(-1);
  const touches = last !== undefined && last.offset + last.lengthBytes === extent.offset;
  if (touches && kindOf(last) === kindOf(extent)) last.lengthBytes += extent.lengthBytes;
  else if (extents.length < MOST_EXTENTS) extents.push(extent);
}

function kindOf({ what }: Extent): string {
  return what.replace(/: got .*| \S+, (wanted|calculated) .*/, "");
}
