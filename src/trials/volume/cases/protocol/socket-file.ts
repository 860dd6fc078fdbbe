import fs from "node:fs";
import http from "node:http";
import { messageOf, systemCode } from "../../../../core/errors.ts";
import type { DriverProcess } from "../../subject.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { isServed } from "../vital.ts";
import { comesTrue } from "../waiting.ts";

/** How long a driver that finds its socket in use may take to give up. */
const GIVES_UP_WITHIN_MS = 10_000;

const socketFile: VolumeCase = {
  id: "P16",
  title: "The socket's file",
  severity: "medium",
  action:
    "The mode and the owner of the file; where the driver can be started: a start over the socket of a killed driver, and over one on which somebody listens.",
  requirement: "Others may not write to it; a stale socket is replaced, and one that is in use is not.",
  reason:
    "Who can connect can mount, and remove, every volume. A stale socket that stops the driver from coming back costs 15 s in every command that lists volumes, and one taken from a living driver leaves that without callers and its mounts without a keeper.",
  needs: [],
  run: async (context) => {
    const { subject } = context;
    await checkFile(context);
    if (!subject.process) return;
    await startOverStale(context, subject.process);
    if (isServed(context)) await startOverLive(context, subject.process);
    else
      context.observe(
        "a start over a socket on which somebody listens was not tried: the suite has not started this driver",
      );
  },
};

async function checkFile({ subject, check, observe }: CaseContext): Promise<void> {
  const { mode, uid } = await fs.promises.stat(subject.socketPath);
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  check("The socket's file is not writable for everybody.", (mode & 0o002) === 0, `mode ${shown}`);
  const pid = subject.process?.pid();
  const owner = pid === undefined ? uid : (await fs.promises.stat(`/proc/${pid}`)).uid;
  check("The socket's file belongs to root or to the driver's user.", uid === 0 || uid === owner, `user ${uid}`);
  observe(`the socket's file has mode ${shown} and belongs to user ${uid}`);
}

/** Undefined when it has started. */
async function startFailure(process: DriverProcess): Promise<string | undefined> {
  try {
    await process.start();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function startOverStale(context: CaseContext, process: DriverProcess): Promise<void> {
  const { subject, driver, check } = context;
  await process.kill();
  if (!(await inodeAt(subject.socketPath))) await leaveStaleSocket(subject.socketPath);
  const failure = await startFailure(process);
  context.demand(
    "The driver starts over the socket of one that was killed.",
    failure === undefined,
    failure ?? "it does",
  );
  const answer = await driver.list();
  check("The driver answers on the socket that it has replaced.", answer.ok, told(answer));
}

/** A socket's file on which nobody listens: closing removes the file by the name it was made with. */
async function leaveStaleSocket(path: string): Promise<void> {
  const made = `${path}.made`;
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(made, resolve));
  await fs.promises.rename(made, path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

async function startOverLive(context: CaseContext, process: DriverProcess): Promise<void> {
  const { subject, check, observe, defer } = context;
  await process.stop();
  await fs.promises.rm(subject.socketPath, { force: true });
  const other = await listenAt(subject.socketPath);
  defer(other.end);
  const before = await inodeAt(subject.socketPath);
  const failure = await startFailure(process);
  const isTaken = async () => (await inodeAt(subject.socketPath)) !== before;
  const hasEnded = () => process.pid() === undefined;
  await comesTrue(context, GIVES_UP_WITHIN_MS, async () => hasEnded() || (await isTaken()));
  const what = "A driver does not take the socket from one that listens on it.";
  check(what, !(await isTaken()), (await isTaken()) ? "another file is in its place" : (failure ?? "it did not"));
  if (!hasEnded()) observe("a driver whose socket is in use runs on without it");
  if (!hasEnded()) await process.stop();
  await other.end();
  const again = await startFailure(process);
  context.demand("The driver starts again when the socket is free.", again === undefined, again ?? "it does");
}

async function inodeAt(path: string): Promise<number | undefined> {
  try {
    return (await fs.promises.lstat(path)).ino;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Somebody who answers as a driver does. Its end removes the file where it is still its own. */
async function listenAt(path: string): Promise<{ end: () => Promise<void> }> {
  const server = http.createServer((_, response) => response.end('{"Implements":["VolumeDriver"],"Err":""}'));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  const inode = await inodeAt(path);
  const end = async () => {
    // Closing removes whatever has the name, a driver's new socket too.
    if ((await inodeAt(path)) !== inode) await fs.promises.rename(path, `${path}.kept`).catch(() => {});
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await fs.promises.rename(`${path}.kept`, path).catch(() => {});
  };
  return { end };
}

export const socketFileCases = { socketFile };
