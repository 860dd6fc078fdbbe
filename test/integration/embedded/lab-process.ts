// Run by killed-lab.test.ts in a process of its own: a lab that opens an environment, puts agents in it, and stays.
import { connectAgent } from "../../../src/agent/connection.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import { createEmbeddedRuntime } from "../../../src/runtimes/embedded/index.ts";
import { currentOwner } from "../../../src/store/owner.ts";

const [scriptPath = "", stateDir = "", runId = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const runtime = createEmbeddedRuntime({
  agent: { scriptPath, nodePath: process.execPath },
  env: process.env,
  stateDir,
});
const containers = ["busy", "idle", "frozen"].map((name) => ({ name, binds: [], tmpfs: ["/memory"] }));

const say = (step: string) => process.stdout.write(`${step}\n`);
const context = { owner: currentOwner(runId, process.pid), signal, progress: say };
const environment = await runtime.open({ name: "lab", containers }, context);
say("open");
for (const { name } of containers) {
  const channel = await environment.container(name).startAgent(signal);
  const agent = await connectAgent(channel, { clock: createSystemClock(), signal });
  if (name === "busy") void agent.call("agent.spin", { durationMs: 600_000 }).catch(() => {});
  say(`agent ${name}`);
}
await environment.controls.process?.pause("frozen");
say("all");
setInterval(() => {}, 60_000);
