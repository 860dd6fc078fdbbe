import { setTimeout as wait } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { AgentChannel } from "../../core/agent.ts";
import { hijackedChannel } from "./channel.ts";

const POLL_MS = 5;
const START_LIMIT_MS = 30_000;
const INSPECT_LIMIT_MS = 5_000;

/**
 * Starts one more process in a running container and returns its streams when it really runs: the engine answers
 * before, and one that is told to pause the container in between waits for itself for ever (Docker Engine 20.10).
 */
export async function startExec(container: Dockerode.Container, command: readonly string[]): Promise<AgentChannel> {
  const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
  const exec = await container.exec({ ...streams, Cmd: [...command] });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: false });
  const channel = hijackedChannel(stream, () => exitReason(exec));
  await untilRunning(exec);
  return channel;
}

async function untilRunning(exec: Dockerode.Exec): Promise<void> {
  for (const startedMs = performance.now(); performance.now() - startedMs < START_LIMIT_MS; await wait(POLL_MS)) {
    const state = await inspect(exec);
    if (!state?.Running || state.Pid > 0) return;
  }
  throw new Error(`it did not start within ${START_LIMIT_MS / 1000} s`);
}

async function exitReason(exec: Dockerode.Exec): Promise<string> {
  const state = await inspect(exec);
  if (!state) return "its container is gone";
  return state.Running ? "the engine closed the stream" : `exit status ${state.ExitCode}`;
}

/** Undefined when the container is gone, and the exec with it. */
function inspect(exec: Dockerode.Exec): Promise<Dockerode.ExecInspectInfo | undefined> {
  return exec.inspect({ abortSignal: AbortSignal.timeout(INSPECT_LIMIT_MS) }).catch(() => undefined);
}
