// Run by tests in a process of its own: a lab with a driver, its peer, mounts, and hands that hold and hang; it stays
// unless told to end.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { createSystemClock } from "../../../src/core/clock.ts";
import { servedSubject } from "../../../src/trials/volume/subjects/host/served-subject.ts";

const [command = "", workdir = "", scriptPath = "", end = ""] = process.argv.slice(2);
const hands = { nodePath: process.execPath, scriptPath };
const clock = createSystemClock();
const subject = await servedSubject({ command, workdir, clock, deadlineMs: 10_000, hasPeer: true, hands });
for (const { client } of [subject, subject.peer ?? subject]) {
  await client().create("v");
  await client().mount("v", "1");
}
const files = subject.mounts?.files;
await files?.hold(`${subject.mounts?.root}/v/held`);
await files?.bind(`${subject.mounts?.root}/v`);
const fifo = path.join(workdir, "fifo");
execFileSync("mkfifo", [fifo]);
files?.read(fifo).catch(() => undefined);
await files?.list("/");
process.stdout.write("all\n");
if (end !== "") await subject[Symbol.asyncDispose]();
