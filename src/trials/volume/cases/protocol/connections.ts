import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { finds } from "../answers.ts";
import { goodOptions, goodOptionsOf, timesListed } from "../exact-names.ts";
import { checkGone } from "../sight.ts";
import { takeStock } from "../stock.ts";
import { comesTrue, seconds } from "../waiting.ts";
import { BareConnection, headOf } from "./bare.ts";

const CONNECTIONS = 200;
const CALLS = 1000;
/** The engine's pool keeps connections for as long as the driver does. */
const IDLE_MS = [10_000, 70_000];
const SETTLED_WITHIN_MS = 5000;

const connections: VolumeCase = {
  id: "P14",
  title: "Many connections, and one for long",
  severity: "high",
  action:
    "200 connections at once, twice; 1,000 calls one after another; a connection that lies idle and is used again.",
  requirement: "Every call is answered; no connection is reset, nor ended while it lies idle.",
  reason:
    "The engine keeps connections without a limit. One that the driver closes at the moment of the next request costs a retry, and the retry has an empty body.",
  needs: [],
  run: async (context: CaseContext) => {
    const { volume, driver, timed, scale } = context;
    const name = await volume();
    const idle = await startIdle(
      context,
      name,
      Math.max(...IDLE_MS.filter((limitMs) => limitMs <= scale.patienceMs), 0),
    );
    for (const words of ["200 connections at once", "the same connections again"]) {
      const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => driver.get(name)));
      const bad = answers.filter((answer) => !finds(answer, name));
      const seen = `${words}: ${bad[0] ? `${bad.length} fail: ${told(bad[0])}` : "all are"}`;
      context.demand("Get is answered on 200 connections at once.", bad.length === 0, seen);
    }
    const valuesNs: number[] = [];
    for (let call = 0; call < CALLS; call++) {
      const answer = await driver.get(name);
      valuesNs.push(answer.durationNs);
      context.demand("1,000 calls of Get one after another are answered.", finds(answer, name), told(answer));
    }
    timed({ call: "Get", load: "alone", valuesNs });
    await idle();
  },
};

/** Asks once on a connection of its own, and again when it has lain idle for so long. */
async function startIdle(context: CaseContext, name: string, limitMs: number): Promise<() => Promise<void>> {
  const { driver, clock, signal, check, observe, defer, scale } = context;
  const idleMs = limitMs === 0 ? scale.patienceMs : limitMs;
  const connection = await BareConnection.open(driver);
  defer(async () => connection[Symbol.dispose]());
  await ask(context, connection, name);
  const { received } = connection;
  if (!check("A bare connection gets its answer.", connection.status === 200, received.slice(0, 300)))
    return async () => {};
  if (/^connection: *close/im.test(received)) {
    observe("each connection is closed after its answer");
    return async () => {};
  }
  const startedNs = clock.nowNs();
  return async () => {
    const idle = clock.sleep(Math.max(0, idleMs - (clock.nowNs() - startedNs) / 1e6), signal);
    await Promise.race([idle, connection.closed]);
    idle.catch(() => {});
    const lasted = `it lay idle for ${seconds((clock.nowNs() - startedNs) / 1e6)}`;
    if (!check("A connection that lies idle is not closed.", !connection.isClosed, lasted)) return;
    await ask(context, connection, name);
    check(
      "A connection that lay idle can be used again.",
      connection.status === 200,
      `${lasted}: ${connection.received.slice(0, 300)}`,
    );
    if (limitMs === 0) observe(`a connection lay idle for ${seconds(idleMs)} only: the profile waits no longer`);
  };
}

async function ask(context: CaseContext, connection: BareConnection, name: string): Promise<void> {
  const body = JSON.stringify({ Name: name });
  connection.forget();
  await connection.write(headOf("VolumeDriver.Get", Buffer.byteLength(body)) + body, context.deadlineMs);
  await comesTrue(context, context.deadlineMs, async () => connection.isAnswered || connection.isClosed);
}

/** Moments at which a caller goes away, in milliseconds after it has asked. */
const GONE_AFTER_MS = [0, 1, 2, 3, 5, 8, 13, 21];

const callersThatLeave: VolumeCase = {
  id: "P15",
  title: "Callers that do not wait for the answer",
  severity: "high",
  action:
    "Create and Mount whose caller closes the connection after some milliseconds, and in the middle of the body; then Create, Mount, Unmount and Remove of the same volume.",
  requirement: "What follows works as if the call had been answered, or never come: no reference leaks, no lock stays.",
  reason:
    "Engines close the connection when their limit is over, when they are stopped and when a user gives up; after a Mount that failed for them they send no Unmount.",
  needs: [],
  run: async (context) => {
    await cutBodies(context);
    for (const afterMs of GONE_AFTER_MS) {
      await abandonCreate(context, afterMs);
      await abandonMount(context, afterMs);
    }
  },
};

async function cutBodies(context: CaseContext): Promise<void> {
  const { driver, name } = context;
  const isUnchanged = await takeStock(context);
  const volume = name();
  const body = JSON.stringify({ Name: volume, Opts: goodOptionsOf(context, volume) });
  for (const length of [1, body.length - 1]) await sendCut(context, body, length);
  await driver.list();
  await isUnchanged("A Create whose body did not come to its end has made nothing.");
  // Whoever reads as far as the JSON goes has understood this one.
  await sendCut(context, body, body.length);
  await checkCreatable(context, volume);
}

/** Sends so much of a Create, announces a byte more than there is, and goes away. */
async function sendCut({ driver, deadlineMs }: CaseContext, body: string, length: number): Promise<void> {
  using connection = await BareConnection.open(driver);
  await connection.write(headOf("VolumeDriver.Create", body.length + 1) + body.slice(0, length), deadlineMs);
}

async function abandonCreate(context: CaseContext, afterMs: number): Promise<void> {
  const volume = context.name();
  await context.driver.call("Create", { Name: volume, Opts: goodOptions(context) }, { abandonAfterMs: afterMs });
  await checkCreatable(context, volume);
}

/** Whether it was made before or not. */
async function checkCreatable(context: CaseContext, volume: string): Promise<void> {
  const { driver, check } = context;
  const again = await driver.create(volume, goodOptions(context));
  check("Create succeeds after one whose caller went away.", again.ok, told(again));
  const got = await driver.get(volume);
  check("Get finds the volume then.", finds(got, volume), told(got));
  const count = await timesListed(context, volume);
  check("List gives the volume once then.", count === 1, `${count} times`);
  const removed = await driver.remove(volume);
  check("The volume can be removed then.", removed.ok, told(removed));
}

async function abandonMount(context: CaseContext, afterMs: number): Promise<void> {
  const { driver, volume, mount, mountId, subject } = context;
  const name = await volume();
  const [id, other] = [mountId(), mountId()];
  await driver.call("Mount", { Name: name, ID: id }, { abandonAfterMs: afterMs });
  const directory = await mount(name, other);
  // A driver cannot know whether the answer that it wrote was read: one Unmount of the ID must settle it either way.
  let removed = "";
  const isSettled = await comesTrue(context, SETTLED_WITHIN_MS, async () => {
    await driver.unmount(name, id);
    await driver.unmount(name, other);
    const answer = await driver.remove(name);
    removed = told(answer);
    return answer.ok;
  });
  const what = "After a Mount whose caller went away, Unmount of its ID leaves nothing: Remove succeeds.";
  context.demand(what, isSettled, removed);
  if (subject.mounts)
    await checkGone(context, "After a Mount whose caller went away nothing stays mounted.", directory);
}

export const connectionCases = { connections, callersThatLeave };
