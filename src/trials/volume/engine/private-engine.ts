import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Dockerode from "dockerode";
import type { Clock } from "../../../core/clock.ts";
import type { EngineHands, EngineProcess } from "../subject.ts";
import type { DriverHost } from "../subjects/host/host.ts";
import { OutputLog } from "../subjects/host/output-log.ts";
import { RunningProgram } from "../subjects/host/running-program.ts";
import { groupOf, removeDeadGroups } from "./control-groups.ts";
import { engineError } from "./errors.ts";
import { engineHands } from "./hands.ts";
import { FILLED, makeImage } from "./image.ts";
import { podmanIn } from "./podman.ts";
import type { SwarmMember } from "./swarm.ts";

/** What an engine of the suite's own is made of. */
export interface PrivateEngineOptions {
  /** One that was made to have an engine. */
  host: DriverHost;
  clock: Clock;
  /** An image that is to be there; made of this machine's busybox otherwise. */
  image?: string | undefined;
  /** One that the engine has by itself; the one that serves in the host otherwise. */
  driver?: string | undefined;
}

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 10;
/** In the host's own /run, and not among the sockets of drivers: it would be taken for one. */
const SOCKET = "/run/docker.sock";
/** Above the engine's own limit for a Mount, 120 s. */
const CALL_LIMIT_MS = 150_000;

/** A Docker Engine inside a driver's host, which starts when it is first needed and ends with the host. */
export class PrivateEngine implements EngineProcess, AsyncDisposable {
  readonly hands: EngineHands;
  readonly #options: PrivateEngineOptions;
  readonly #log = new OutputLog();
  #program: RunningProgram | undefined;
  #image: Promise<string> | undefined;
  #start: Promise<number> | undefined;

  constructor(options: PrivateEngineOptions) {
    this.#options = options;
    const { host } = options;
    const podman = options.driver === undefined ? podmanIn(host) : undefined;
    const filled = options.image === undefined ? { filled: FILLED } : {};
    this.hands = engineHands({
      driver: this.#driver,
      connect: () => this.#connect(),
      ...filled,
      process: this,
      podman,
    });
  }

  /** It looks for drivers where the host has its sockets. */
  get #driver(): string {
    const { driver, host } = this.#options;
    return driver ?? path.basename(host.places.socket, ".sock");
  }

  /** Of this boot of the host; no other path to it is as short. */
  get #client(): Dockerode {
    const socketPath = `/proc/${this.#options.host.keeperPid()}/root${SOCKET}`;
    return new Dockerode({ socketPath, timeout: CALL_LIMIT_MS });
  }

  /** @throws SeatrialError VOLUME_ENGINE_FAILED with its last words */
  start({ isLiveRestore = false }: { isLiveRestore?: boolean } = {}): Promise<number> {
    this.#start ??= this.#run(isLiveRestore).finally(() => {
      this.#start = undefined;
    });
    return this.#start;
  }

  async stop(): Promise<void> {
    if (this.#program === undefined || this.#program.hasEnded) return;
    if (await this.#program.end("SIGTERM", STOP_LIMIT_MS)) return;
    throw engineError("VOLUME_ENGINE_FAILED", `it does not end within ${STOP_LIMIT_MS / 1000} s of SIGTERM`);
  }

  async kill(): Promise<void> {
    if (this.#program === undefined || (await this.#program.end("SIGKILL", STOP_LIMIT_MS))) return;
    throw engineError("VOLUME_ENGINE_FAILED", "it does not end after SIGKILL: it sleeps in the kernel");
  }

  /** Started where it does not run. @throws SeatrialError VOLUME_ENGINE_FAILED */
  async member(): Promise<SwarmMember> {
    const connected = await this.#connect();
    await this.#program?.begun();
    const pid = this.#program?.pid;
    if (pid === undefined) throw engineError("VOLUME_ENGINE_FAILED", "it has ended");
    return { ...connected, driver: this.#driver, pid };
  }

  /** To be called once the host is gone, and with it all processes of the engine. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeDeadGroups();
  }

  async #connect(): Promise<{ engine: Dockerode; image: string }> {
    if (this.#start !== undefined || this.#program === undefined || this.#program.hasEnded) await this.start();
    const { image } = this.#options;
    const engine = this.#client;
    this.#image ??= image === undefined ? makeImage(engine) : Promise.resolve(image);
    return { engine, image: await this.#image };
  }

  async #run(isLiveRestore: boolean): Promise<number> {
    const { host, clock } = this.#options;
    await removeDeadGroups();
    const startedNs = clock.nowNs();
    const words = ["unshare", "--net", "--", ...this.#words(isLiveRestore)];
    const program = new RunningProgram({ host, words, environment: {}, log: this.#log });
    this.#program = program;
    const untilNs = startedNs + START_LIMIT_MS * 1e6;
    while (!(await this.#answers())) {
      if (program.hasEnded || clock.nowNs() > untilNs)
        throw engineError("VOLUME_ENGINE_FAILED", `dockerd does not answer:\n${this.#log.lastWords()}`);
      await delay(LOOK_EVERY_MS);
    }
    return (clock.nowNs() - startedNs) / 1e6;
  }

  /** In a network of its own: without a bridge it removes the one of another engine (20.10, `removeDefaultBridgeInterface`). */
  #words(isLiveRestore: boolean): string[] {
    const { host } = this.#options;
    return [
      ...["dockerd", "--host", `unix://${SOCKET}`, "--data-root", path.join(host.places.home, "engine")],
      ...["--exec-root", "/run/docker/exec", "--pidfile", "/run/docker/engine.pid", "--bridge=none"],
      ...["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--log-level=error"],
      ...["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", `/${groupOf(host.keeperPid())}`],
      ...(isLiveRestore ? ["--live-restore"] : []),
    ];
  }

  #answers(): Promise<boolean> {
    return this.#client.ping().then(
      () => true,
      () => false,
    );
  }
}
