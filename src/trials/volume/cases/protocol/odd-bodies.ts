import type { Random } from "../../../../core/random.ts";
import { isObject } from "../../client.ts";

/** A body that no engine sends. */
export interface OddBody {
  method: string;
  body: Buffer;
  /** Not UTF-8, not JSON, no object, or without a name: whatever is asked for, it cannot be done. */
  isMalformed: boolean;
}

const METHODS = ["Create", "Get", "Path", "Mount", "Unmount", "Remove"] as const;
/** Bytes that matter to readers of JSON, and to those who take a name for something else. */
const TELLING_BYTES = [0x00, 0x0a, 0x22, 0x27, 0x2c, 0x2f, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d, 0x7f, 0xc0, 0xe2, 0xff];
const TELLING_VALUES = [
  ...["null", "true", "-0", "1e999", "9007199254740993", '""', '"\\ud800"', '"\\u0000"', "[]", "{}", '{"a":{"b":[]}}'],
  ...['"__proto__"', "NaN", "Infinity", "0x10", "01", "'x'", "undefined", '"\\x41"', '"a\tb"', "[1,]", '{"a":1,}'],
];
const DEPTH = 2000;

/** Where new names come from. */
export interface NameSource {
  name(): string;
  mountId(): string;
}

/** Gives another body each time, each a right one that something was done to. */
export function createBodyMaker(random: Random, { name, mountId }: NameSource): () => OddBody {
  // Few names: what was made by chance is found again by chance, and is soon removed afterwards.
  const names = Array.from({ length: 8 }, name);
  const id = mountId();
  const ways = [cut, flip, insert, splice, swapValue, nest, repeat] as const;
  return () => {
    const method = random.pick(METHODS);
    const right = { Name: random.pick(names), ...(method === "Create" ? { Opts: { a: "b" } } : { ID: id }) };
    let body: Buffer = Buffer.from(JSON.stringify(right));
    for (let times = 1 + random.below(3); times > 0; times--) body = random.pick(ways)(body, random);
    return { method, body, isMalformed: isMalformed(body) };
  };
}

/** Whether a body can be understood by nobody, and so has to be refused by all. */
export function isMalformed(body: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const json: unknown = JSON.parse(text);
    if (!isObject(json)) return true;
    // Of two that are named alike some readers take the first, some the last, and Go the last that is not null.
    if ((text.match(/"name"/gi)?.length ?? 0) > 1) return false;
    const names = Object.entries(json).filter(([key]) => key.toLowerCase() === "name");
    return names.every(([, value]) => typeof value !== "string" || value === "");
  } catch {
    return true;
  }
}

function cut(body: Buffer, random: Random): Buffer {
  return body.subarray(0, random.below(body.length + 1));
}

function flip(body: Buffer, random: Random): Buffer {
  if (body.length === 0) return body;
  const changed = Buffer.from(body);
  const at = random.below(body.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
  return changed;
}

function insert(body: Buffer, random: Random): Buffer {
  const count = 1 + random.below(4);
  const bytes = Array.from({ length: count }, () =>
    random.below(2) === 0 ? random.below(256) : random.pick(TELLING_BYTES),
  );
  return inserted(body, random.below(body.length + 1), Buffer.from(bytes));
}

function splice(body: Buffer, random: Random): Buffer {
  const from = random.below(body.length + 1);
  const piece = body.subarray(from, from + random.below(40));
  return inserted(body, random.below(body.length + 1), piece);
}

/** Puts something else in the place of one of the values. */
function swapValue(body: Buffer, random: Random): Buffer {
  const text = body.toString("latin1");
  const starts = [...text.matchAll(/:/g)].map(({ index }) => index + 1);
  if (starts.length === 0) return body;
  const start = random.pick(starts);
  const end = text.slice(start).search(/[,}]/);
  const rest = end < 0 ? "" : text.slice(start + end);
  return Buffer.from(text.slice(0, start) + random.pick(TELLING_VALUES) + rest, "latin1");
}

/** Very deep: readers that call themselves run out of stack. */
function nest(body: Buffer, random: Random): Buffer {
  const [open, close] = random.pick([
    ["[", "]"],
    ['{"a":', "}"],
  ] as const);
  const at = body.indexOf(":") + 1;
  return inserted(body, at, Buffer.from(`${open.repeat(DEPTH)}1${close.repeat(random.pick([0, DEPTH]))},"a":`));
}

function repeat(body: Buffer, random: Random): Buffer {
  return Buffer.concat(Array.from({ length: 2 + random.below(3) }, () => body));
}

function inserted(body: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([body.subarray(0, at), piece, body.subarray(at)]);
}
