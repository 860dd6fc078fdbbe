import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { goodOptionsOf } from "../exact-names.ts";
import { takeStock } from "../stock.ts";
import { watchLife, whereOffered } from "../vital.ts";
import { comesTrue, meanwhile, seconds } from "../waiting.ts";
import { BareConnection, headOf } from "./bare.ts";
import { checkSaidIsDone } from "./requests.ts";

const MEBIBYTE = 2 ** 20;
const LARGE_BYTES = 64 * MEBIBYTE;
/** Where the suite gives an endless body up: more than any driver has a use for, and no harm to the machine. */
const ENDLESS_BYTES = 160 * MEBIBYTE;
const GROWTH_LIMIT_BYTES = 128 * MEBIBYTE;
const END_WITHIN_MS = 30_000;
/** What a timer of just that length, and whoever looks at it now and then, may be late. */
const END_TOLERANCE_MS = 5000;
/** Podman's limit for any call. */
const OTHERS_WITHIN_NS = 5e9;
const LOOK_EVERY_MS = 100;

const heavyBodies: VolumeCase = {
  id: "P10",
  title: "Bodies that are large, endless or slow",
  severity: "high",
  action:
    "Create with a body of 1 MiB, of 64 MiB, of chunks without end, and of one byte a second, while others call Get.",
  requirement:
    "Each ends in an error or a closed connection within 30 s, memory stays bounded and the others notice nothing.",
  reason:
    "Whoever may open the socket can make a driver without limits take all memory of the host; the driver is then killed, and with it what it serves.",
  needs: [],
  run: async (context) => {
    const lives = watchLife(context);
    const isUnchanged = await takeStock(context);
    const bystander = await watchOthers(context);
    const slow = await startSlowSender(context);
    await checkPadded(context);
    await checkHeavy(context, "A body of 64 MiB", sendLarge);
    await checkHeavy(context, "A body without end", sendEndless);
    await slow();
    await bystander();
    await lives("heavy bodies");
    await isUnchanged("Heavy bodies have made and removed nothing.");
  },
};

/** A right Create with blanks behind it: whoever reads it may do it. */
async function checkPadded(context: CaseContext): Promise<void> {
  const { driver, name, check } = context;
  const volume = name();
  const body = JSON.stringify({ Name: volume, Opts: goodOptionsOf(context, volume) }) + " ".repeat(MEBIBYTE);
  const answer = await driver.request({ path: "/VolumeDriver.Create", body, deadlineMs: END_WITHIN_MS });
  const hasEnded = answer.silence === undefined || answer.silence === "closed";
  check("A body of 1 MiB ends in an answer or a closed connection within 30 s.", hasEnded, told(answer));
  await checkSaidIsDone(context, { name: volume, words: "a body of 1 MiB", answer });
  await driver.remove(volume);
}

/** Calls Get until the check, which says whether each was answered in time. */
async function watchOthers(context: CaseContext): Promise<() => Promise<void>> {
  const { subject, check, defer } = context;
  const client = subject.client();
  const volume = await context.volume();
  let slowestNs = 0;
  let failure = "";
  const stop = meanwhile(context, LOOK_EVERY_MS, async () => {
    const answer = await client.get(volume);
    slowestNs = Math.max(slowestNs, answer.durationNs);
    if (!answer.ok) failure = told(answer);
  });
  defer(async () => client.close());
  defer(stop);
  return async () => {
    await stop();
    await context.driver.remove(volume);
    const seen = failure === "" ? `the slowest took ${seconds(slowestNs / 1e6)}` : failure;
    const what = "Get of another volume is answered within 5 s all the while.";
    check(what, failure === "" && slowestNs < OTHERS_WITHIN_NS, seen);
  };
}

type Send = (connection: BareConnection, isOver: () => boolean) => Promise<number>;

/** Checks how a heavy request ends, and what the driver has grown to meanwhile. */
async function checkHeavy(context: CaseContext, words: string, send: Send): Promise<void> {
  const { clock, check, driver } = context;
  using connection = await BareConnection.open(driver);
  const memory = await watchMemory(context);
  const untilNs = clock.nowNs() + END_WITHIN_MS * 1e6;
  const hasEnded = () => connection.isClosed || connection.isAnswered;
  const sentBytes = await send(connection, () => hasEnded() || clock.nowNs() > untilNs);
  if (sentBytes < ENDLESS_BYTES) await comesTrue(context, (untilNs - clock.nowNs()) / 1e6, async () => hasEnded());
  const status = connection.status;
  const isError = status !== undefined && status >= 400;
  const isRefused = isError || (status === undefined ? connection.isClosed : saysErr(connection));
  const end = status === undefined ? (connection.isClosed ? "a closed connection" : "nothing") : `status ${status}`;
  const seen = `after ${Math.round(sentBytes / MEBIBYTE)} MiB: ${end}`;
  check(`${words} ends in an error or a closed connection within 30 s.`, isRefused, seen);
  await memory(words);
}

/** For drivers that say everything with status 200. */
function saysErr({ received }: BareConnection): boolean {
  return /"err" *: *"[^"]/i.test(received);
}

/** Looks at the driver's memory until the check. */
async function watchMemory(context: CaseContext): Promise<(words: string) => Promise<void>> {
  const { process } = context.subject;
  const first = await whereOffered(() => process?.usage());
  if (!process || !first) return async () => {};
  const before = first.residentBytes;
  let most = before;
  const look = async () => {
    most = Math.max(most, (await process.usage()).residentBytes);
  };
  const stop = meanwhile(context, LOOK_EVERY_MS, look);
  context.defer(stop);
  return async (words) => {
    await stop();
    await look();
    const seen = `from ${Math.round(before / MEBIBYTE)} to ${Math.round(most / MEBIBYTE)} MiB`;
    const isBounded = most - before <= GROWTH_LIMIT_BYTES;
    context.check(`${words} does not make the driver grow by more than 128 MiB.`, isBounded, seen);
  };
}

const PIECE = Buffer.alloc(64 * 1024, "a");

const sendLarge: Send = async (connection, isOver) => {
  const start = '{"Name":"';
  const end = '"}';
  await connection.write(headOf("VolumeDriver.Create", LARGE_BYTES + start.length + end.length) + start, END_WITHIN_MS);
  let sentBytes = 0;
  for (; sentBytes < LARGE_BYTES && !isOver(); sentBytes += PIECE.length) await connection.write(PIECE, END_WITHIN_MS);
  if (!isOver()) await connection.write(end, END_WITHIN_MS);
  return sentBytes;
};

const sendEndless: Send = async (connection, isOver) => {
  const chunk = Buffer.concat([Buffer.from(`${PIECE.length.toString(16)}\r\n`), PIECE, Buffer.from("\r\n")]);
  await connection.write(`${headOf("VolumeDriver.Create", "chunked")}9\r\n{"Name":"\r\n`, END_WITHIN_MS);
  let sentBytes = 0;
  for (; sentBytes < ENDLESS_BYTES && !isOver(); sentBytes += PIECE.length)
    await connection.write(chunk, END_WITHIN_MS);
  return sentBytes;
};

/** One byte a second until the driver has had enough; what it gives waits for that and checks that it came in time. */
async function startSlowSender(context: CaseContext): Promise<() => Promise<void>> {
  const { driver, clock, scale, check, observe, defer } = context;
  const connection = await BareConnection.open(driver);
  const limitMs = END_WITHIN_MS + END_TOLERANCE_MS;
  const startedNs = clock.nowNs();
  await connection.write(`${headOf("VolumeDriver.Create", 1000)}{"Name":"`, END_WITHIN_MS);
  const drip = setInterval(() => void connection.write("a", 1000), 1000);
  const stop = async () => {
    clearInterval(drip);
    connection[Symbol.dispose]();
  };
  defer(stop);
  return async () => {
    const leftMs = Math.min(limitMs, scale.patienceMs) - (clock.nowNs() - startedNs) / 1e6;
    const hasEnded = await comesTrue(context, leftMs, async () => connection.isClosed || connection.isAnswered);
    const took = seconds((clock.nowNs() - startedNs) / 1e6);
    await stop();
    if (hasEnded || scale.patienceMs >= limitMs)
      check("A body of one byte a second is given up within 30 s.", hasEnded, `${hasEnded ? "" : "not "}after ${took}`);
    else observe(`a body of one byte a second was still waited for after ${took}: the profile looks no longer`);
  };
}

export const heavyCases = { heavyBodies };
