import path from "node:path";
import type { Clock } from "../../../../core/clock.ts";
import { Scope } from "../../../../core/scope.ts";
import { findSubjectProgram } from "../../../../subjects/program.ts";
import type { SubjectProgram } from "../../../../subjects/subject-process.ts";
import type { BackEnd, BackEndFault, Subject, SubjectOptions } from "../../subject.ts";
import { backEndByCommands, backEndByFiles, type FaultCommands } from "./back-end.ts";
import { openPrivateEngine, openSwarm } from "../../engine/index.ts";
import { Clients } from "./clients.ts";
import type { CommandLine } from "./command-line.ts";
import { ServedDriver } from "./driver-process.ts";
import { hostError } from "./errors.ts";
import { type HostPlaces, openDriverHost } from "./host.ts";

/** A driver that the suite starts itself. */
export interface ServedSubjectRequest {
  /**
   * `{socket}`, `{state}`, `{root}`, `{control}` and `{shared}` in it become paths: where to listen, to keep what it knows,
   * to mount; where files named like faults appear; and the back end, which is its peer's too.
   */
  command: CommandLine;
  /** Beside `PATH` and `HOME`. */
  environment?: Readonly<Record<string, string>>;
  /** An existing directory for all that comes up. Whoever gives it removes it. */
  workdir: string;
  clock: Clock;
  /** For calls of the subject's clients. */
  deadlineMs: number;
  scope?: "local" | "global";
  options?: Partial<SubjectOptions>;
  /** Faults that the driver obeys from files in `{control}`, or the user's commands. */
  faults?: Iterable<BackEndFault> | FaultCommands;
  /** Whether each host is to have an engine, and with which image for containers; made of busybox where none is named. */
  engine?: { image?: string | undefined };
  /** Whether a second host is to stand on the same back end. */
  hasPeer?: boolean;
  /** Where the driver mounts, if not below `{root}`. */
  mountRoot?: string;
  startLimitMs?: number;
  /** Found by itself in a built package. */
  hands?: SubjectProgram;
  /** For each call of `mounts.files`; 10 s unless given. */
  handsLimitMs?: number;
  signal?: AbortSignal;
}

/**
 * Starts the driver in a host of its own, and its peer in another. All of it ends with the subject, and with this process.
 * @throws SeatrialError VOLUME_COMMAND_UNREADABLE, VOLUME_HOST_FAILED, VOLUME_DRIVER_FAILED,
 * VOLUME_SOCKET_PATH_TOO_LONG, SUBJECT_NOT_BUILT
 */
export function servedSubject(request: ServedSubjectRequest): Promise<Subject> {
  let count = 0;
  return openSubject({ ...request, nextDirectory: () => path.join(request.workdir, `host-${++count}`) });
}

interface NumberedRequest extends ServedSubjectRequest {
  nextDirectory(): string;
}

/** Ends what it has opened, the last first, and the drivers that were opened later and nobody has ended. */
async function openSubject(request: NumberedRequest): Promise<Subject> {
  const scope = new Scope();
  const dispose = async () => {
    const problems = await scope.close();
    if (problems.length === 0) return;
    throw hostError("VOLUME_HOST_FAILED", problems.map(({ what, error }) => `${what}: ${error}`).join("\n"));
  };
  try {
    const subject = await serveOne(request, scope);
    const { shared, ownEngine } = subject;
    const peer = request.hasPeer ? await serveOne({ ...request, shared }, scope) : undefined;
    const peerEngine = peer?.ownEngine;
    const fresh = async () => {
      const other = await openSubject({ ...request, hasPeer: false });
      scope.defer(`the driver at ${other.socketPath}`, async () => other[Symbol.asyncDispose]());
      return other;
    };
    return {
      ...{ ...subject, ...(peer && { peer }), fresh },
      ...(ownEngine && peerEngine && { swarm: () => openSwarm(ownEngine, peerEngine) }),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

/** Starts one driver in one host; `scope` is told how to end both. */
async function serveOne(request: NumberedRequest & { shared?: string }, scope: Scope) {
  const { shared, mountRoot, hands = findSubjectProgram("subjects/hands"), handsLimitMs } = request;
  const { clock, deadlineMs, engine: wanted } = request;
  const host = await openDriverHost({
    ...{ directory: request.nextDirectory(), hands, handsLimitMs, hasEngine: wanted !== undefined },
    ...(shared !== undefined && { shared }),
    ...(mountRoot !== undefined && { mountRoot }),
  });
  const { places, mounts } = host;
  const engine = wanted && (await openPrivateEngine({ host, clock, ...wanted }));
  scope.defer("what the engine leaves", async () => engine?.[Symbol.asyncDispose]());
  scope.defer(`the host of ${places.socket}`, async () => host[Symbol.asyncDispose]());
  const driver = new ServedDriver(host, request);
  await driver.start();
  const clients = new Clients({ socketPath: places.socket, clock, deadlineMs });
  scope.defer("clients", () => clients.close());
  return {
    ...{ shared: places.shared, socketPath: places.socket, client: clients.make, mounts, process: driver },
    scope: request.scope ?? ("local" as const),
    options: { good: {}, bad: [], required: [], ...request.options },
    backEnd: backEndOf(request.faults ?? [], places),
    ...(engine && { engine: engine.hands, ownEngine: engine }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function backEndOf(faults: Iterable<BackEndFault> | FaultCommands, places: HostPlaces): BackEnd {
  return "heal" in faults ? backEndByCommands(faults, { ...places }) : backEndByFiles(places.control, faults);
}
