import fs from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { denies, finds } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { failureOf, viewOf } from "../sight.ts";

/** Where drivers look for the engine that calls them. */
const ENGINE_SOCKETS = ["/run/docker.sock", "/run/podman/podman.sock"];

/** A driver that needs its caller. */
export const engineCallCases: readonly VolumeCase[] = [
  {
    id: "X14",
    title: "No method waits for the engine",
    severity: "high",
    action:
      "Puts a socket that takes calls and never answers in the place of the engine's; creates, mounts, unmounts and removes a volume.",
    requirement: "All calls are answered as before.",
    reason:
      "An engine that starts waits for its drivers. A driver that asks the engine meanwhile waits for it, and both stand still (vsphere#366).",
    needs: ["mounts", "process"],
    run: withoutEngine,
  },
];

async function withoutEngine(context: CaseContext): Promise<void> {
  const { driver } = context;
  await muteEngines(context);
  const name = await context.volume();
  const id = context.mountId();
  await context.mount(name, id);
  const got = await driver.get(name);
  context.check("Get finds the volume while the engine is silent.", finds(got, name), told(got));
  await context.unmount(name, id);
  const removed = await driver.remove(name);
  context.check("Remove succeeds while the engine is silent.", removed.ok, told(removed));
  const gone = await driver.get(name);
  context.check("The volume is gone while the engine is silent.", denies(gone), told(gone));
}

/** On the driver's host, until the case is over. Ends the case as skipped where there is no engine. */
async function muteEngines(context: CaseContext): Promise<void> {
  const { files } = viewOf(context);
  // One of the suite's own starts when it is first asked.
  await context.subject.engine?.about();
  const found = [];
  for (const socket of ENGINE_SOCKETS) if (await files.stat(socket)) found.push(socket);
  if (found.length === 0) context.skip(`the driver's host has no engine: neither ${ENGINE_SOCKETS.join(" nor ")}`);
  const silent = await listenInSilence(context);
  for (const socket of found) {
    context.defer(async () => void (await failureOf(files.unmount(socket, true))));
    await files.mount(["--bind", silent, socket]);
  }
}

/** Gives the path of a socket that takes connections and says nothing on them. */
async function listenInSilence(context: CaseContext): Promise<string> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-"));
  const server = createServer();
  context.defer(async () => {
    server.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });
  const socket = path.join(directory, "silent.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return socket;
}
