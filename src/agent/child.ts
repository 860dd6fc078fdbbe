import { type ChildProcess, spawn } from "node:child_process";
import type { AgentBundle, AgentChannel } from "../core/agent.ts";

const ERROR_TAIL_CHARACTERS = 4000;

/** How long a child may take to end by itself after its input was closed. */
const CLOSE_GRACE_MS = 2000;

/** The channel to an agent that runs as a child process of the lab, however it was started. */
export function childChannel(child: ChildProcess): AgentChannel {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error("the child needs pipes for its three streams");
  let tail = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-ERROR_TAIL_CHARACTERS);
  });
  stdin.on("error", () => {});
  const closed = new Promise<{ reason: string }>((resolve) => {
    child.once("error", (error) => resolve({ reason: error.message }));
    child.once("close", (status, signal) =>
      resolve({ reason: signal ? `ended by ${signal}` : `exit status ${status}` }),
    );
  });
  const close = async () => {
    stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(timer);
  };
  return { input: stdin, output: stdout, errorTail: () => tail, closed, close };
}

/** Starts an agent on this machine, outside every container. */
export function startHostAgent(bundle: AgentBundle): AgentChannel {
  const env = { PATH: "/usr/bin:/bin", ...(bundle.nativePath ? { SEATRIAL_NATIVE: bundle.nativePath } : {}) };
  return childChannel(spawn(bundle.nodePath, [bundle.scriptPath, "serve"], { stdio: ["pipe", "pipe", "pipe"], env }));
}
