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

/** Sets the container up anew, around a first process of its own. */
export type Launch = (signal: AbortSignal) => Promise<Keeper>;

/** A container that stands: a keeper and the agents beside it. */
export class EmbeddedContainer implements Container {
  readonly name: string;
  readonly #launch: Launch;
  readonly #entry: Entry;
  readonly #agents = new Set<AgentChannel>();
  readonly #ended = new AbortController();
  #keeper: Keeper;
  #starting: Promise<void> | undefined;
  #isPaused = false;

  private constructor(name: string, keeper: Keeper, launch: Launch, entry: Entry) {
    this.name = name;
    this.#keeper = keeper;
    this.#launch = launch;
    this.#entry = entry;
  }

  /** Resolves when it stands. @throws what `launch` throws */
  static async open(name: string, launch: Launch, entry: Entry, signal: AbortSignal): Promise<EmbeddedContainer> {
    return new EmbeddedContainer(name, await launch(signal), launch, entry);
  }

  get facts(): Readonly<Record<string, string>> {
    return {
      "first process": String(this.#keeper.pid),
      mode: this.#entry.namespaces.mode,
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

  /** Brings it up again after a kill. Safe when it is up. */
  async start(): Promise<void> {
    this.#starting ??= this.#startAgain().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  /** Kills it for good: a start that is under way is given up, and none comes after. */
  async end(): Promise<void> {
    this.#ended.abort(fail("EMBEDDED_NOT_RUNNING", `container "${this.name}" has been removed`));
    await this.kill();
  }

  /** SIGKILL to everything inside; resolves when it is down and the streams have closed. Safe to call twice. */
  async kill(): Promise<void> {
    await this.#starting?.catch(() => {});
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

  async #startAgain(): Promise<void> {
    this.#ended.signal.throwIfAborted();
    if (this.#keeper.isGone()) this.#keeper = await this.#launch(this.#ended.signal);
  }

  #enter(program: readonly string[]) {
    const [command = "", ...args] = enterArgv(this.#entry.namespaces, this.#keeper.pid, program);
    return spawn(command, args, { env: this.#entry.env, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  }
}
