// Run by killed-lab.test.ts in a process of its own: a lab that opens an environment, puts agents in it, and stays.
import { connectAgent } from "../../../src/agent/connection.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import type { DiskSpec } from "../../../src/core/disk.ts";
import { createEmbeddedRuntime } from "../../../src/runtimes/embedded/index.ts";
import { currentOwner } from "../../../src/store/owner.ts";

const [scriptPath = "", stateDir = "", runId = "", diskScriptPath] = process.argv.slice(2);
const signal = new AbortController().signal;
const runtime = createEmbeddedRuntime({
  agent: { scriptPath, nodePath: process.execPath },
  ...(diskScriptPath === undefined ? {} : { diskScriptPath }),
  env: process.env,
  stateDir,
});
const hasDisk = runtime.controls.has("disk");
const containers = ["busy", "idle", "frozen"].map((name) => ({
  name,
  binds: [],
  tmpfs: ["/memory"],
  disks: hasDisk ? [{ disk: "shared", target: "/disk" }] : [],
}));
const disks: DiskSpec[] = [{ name: "shared", sizeBytes: 32 * 2 ** 20, fileSystem: "ext4", mountOptions: [] }];

const say = (step: string) => process.stdout.write(`${step}\n`);
const context = { owner: currentOwner(runId, process.pid), signal, progress: say };
const environment = await runtime.open({ name: "lab", containers, disks: hasDisk ? disks : [] }, context);
say("open");
for (const { name } of containers) {
  const channel = await environment.container(name).startAgent(signal);
  const agent = await connectAgent(channel, { clock: createSystemClock(), signal });
  if (hasDisk) await agent.call("files.write", { path: `/disk/${name}`, text: "not synced" });
  if (name === "busy") void agent.call("agent.spin", { durationMs: 600_000 }).catch(() => {});
  say(`agent ${name}`);
}
await environment.controls.process?.pause("frozen");
say("all");
setInterval(() => {}, 60_000);
