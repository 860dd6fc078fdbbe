import { spawn } from "node:child_process";
import { once } from "node:events";
import { childChannel } from "../../agent/child.ts";
import type { AgentChannel } from "../../core/agent.ts";
import type { Container } from "../../core/runtime.ts";
import { fail } from "./errors.ts";
import { type Keeper, within } from "./keeper.ts";
import type { AgentPlace } from "./machine.ts";
import { signalMembers } from "./members.ts";
import { enterArgv, type NamespaceOptions } from "./namespaces.ts";

/** How a running container is entered. */
export interface Entry {
  namespaces: NamespaceOptions;
  env: Record<string, string>;
  agent: AgentPlace;
}

/** Agents end with their container; this is what the lab's end of the streams may take to notice. */
const STREAMS_LIMIT_MS = 5000;

/** A container that stands: a keeper and the agents beside it. */
export class EmbeddedContainer implements Container {
  readonly name: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly #keeper: Keeper;
  readonly #entry: Entry;
  readonly #agents = new Set<AgentChannel>();
  #isPaused = false;

  constructor(name: string, keeper: Keeper, entry: Entry) {
    this.name = name;
    this.#keeper = keeper;
    this.#entry = entry;
    this.facts = {
      "first process": String(keeper.pid),
      mode: entry.namespaces.mode,
      root: "memory file system with this machine's system directories, read-only",
    };
  }

  async startAgent(signal: AbortSignal): Promise<AgentChannel> {
    signal.throwIfAborted();
    if (this.#keeper.isGone() || this.#isPaused) {
      throw fail(
        "EMBEDDED_NOT_RUNNING",
        `no agent can start in container "${this.name}": it ${this.#isPaused ? "is paused" : "has ended"}`,
      );
    }
    const child = this.#enter([this.#entry.agent.nodePath, this.#entry.agent.scriptPath, "serve"]);
    const channel = childChannel(child);
    this.#agents.add(channel);
    void channel.closed.then(() => this.#agents.delete(channel));
    await once(child, "spawn");
    return channel;
  }

  /** SIGKILL to everything inside; resolves when it is down and the streams have closed. Safe to call twice. */
  async kill(): Promise<void> {
    await this.#keeper.kill();
    this.#isPaused = false;
    const streams = Promise.all([...this.#agents].map((agent) => agent.closed));
    await within(streams, STREAMS_LIMIT_MS, `the streams of container "${this.name}" did not close`);
  }

  async pause(): Promise<void> {
    if (this.#keeper.isGone())
      throw fail("EMBEDDED_NOT_RUNNING", `container "${this.name}" cannot be paused: it has ended`);
    this.#isPaused = true;
    await signalMembers(this.#keeper.pid, "SIGSTOP");
  }

  async resume(): Promise<void> {
    if (this.#keeper.isGone()) return;
    await signalMembers(this.#keeper.pid, "SIGCONT");
    this.#isPaused = false;
  }

  #enter(program: readonly string[]) {
    const [command = "", ...args] = enterArgv(this.#entry.namespaces, this.#keeper.pid, program);
    return spawn(command, args, { env: this.#entry.env, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  }
}
