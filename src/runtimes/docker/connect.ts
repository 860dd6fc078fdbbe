import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import type Dockerode from "dockerode";
import { messageOf, type SeatrialError, systemCode } from "../../core/errors.ts";
import { orAborted } from "./abort.ts";
import { type Candidate, type Endpoint, engineCandidates } from "./address.ts";
import { negotiateVersion } from "./api-version.ts";
import { fail } from "./errors.ts";
import { createSshAgent } from "./ssh.ts";

const ANSWER_LIMIT_MS = 5_000;
/** Opening an ssh connection takes its time, and its own limit is 30 s. */
const SSH_ANSWER_LIMIT_MS = 35_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** An engine that answered, spoken to in a version that it knows. */
export interface Engine {
  readonly client: Dockerode;
  readonly candidate: Candidate;
  readonly version: Dockerode.DockerVersion;
  /** As used in every path: `v1.41`. */
  readonly apiVersion: string;
}

/** A place where no engine answered, and why. */
interface Refusal {
  candidate: Candidate;
  error: unknown;
}

/**
 * Finds the engine and agrees on a version.
 * @throws ENGINE_UNREACHABLE or ENGINE_PERMISSION with every place that was tried, ENGINE_TOO_OLD, and what
 * `engineCandidates` throws
 */
export async function connectEngine(env: Environment, signal: AbortSignal, host?: string): Promise<Engine> {
  const surroundings = { env, home: env["HOME"] ?? os.homedir(), platform: os.platform(), readText };
  const refusals: Refusal[] = [];
  for (const candidate of engineCandidates(surroundings, host)) {
    try {
      return await connectTo(candidate, env, signal);
    } catch (error) {
      signal.throwIfAborted();
      if ((error as SeatrialError).code === "ENGINE_TOO_OLD") throw error;
      refusals.push({ candidate, error });
    }
  }
  throw unreachable(refusals);
}

async function connectTo(candidate: Candidate, env: Environment, signal: AbortSignal): Promise<Engine> {
  const limitMs = candidate.endpoint.kind === "ssh" ? SSH_ANSWER_LIMIT_MS : ANSWER_LIMIT_MS;
  const limit = AbortSignal.timeout(limitMs);
  const client = await createClient(candidate.endpoint, env);
  const version = await askVersion(client, AbortSignal.any([signal, limit])).catch((error: unknown) => {
    throw limit.aborted ? new Error(`no answer within ${limitMs / 1000} s`) : error;
  });
  const apiVersion = negotiateVersion(version);
  return { client: await createClient(candidate.endpoint, env, apiVersion), candidate, version, apiVersion };
}

async function askVersion(client: Dockerode, signal: AbortSignal): Promise<Dockerode.DockerVersion> {
  const version = await orAborted(client.version(), signal);
  if (typeof version.ApiVersion !== "string") throw new Error("what answers there is not a Docker Engine");
  return version;
}

/** The library fills what is not given from DOCKER_HOST and its friends; every one of them is given here. */
async function createClient(endpoint: Endpoint, env: Environment, version?: string): Promise<Dockerode> {
  const nothing = {
    host: undefined,
    port: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
    timeout: undefined,
  };
  const options = {
    ...nothing,
    protocol: "http",
    pathPrefix: "/",
    socketPath: undefined,
    version,
    ...connectionOptions(endpoint, env),
  };
  // Loaded when it is needed: it takes 0.1 s and 20 MB.
  const { default: Client } = await import("dockerode");
  return new Client(options as Dockerode.DockerOptions);
}

function connectionOptions(endpoint: Endpoint, env: Environment): object {
  switch (endpoint.kind) {
    case "socket":
      return { socketPath: endpoint.path, agent: new http.Agent({ keepAlive: false }) };
    case "ssh":
      return { host: "engine", port: 80, agent: createSshAgent(endpoint.destination, env) };
    case "tcp": {
      const { host, port, credentials } = endpoint;
      const name = host.includes(":") ? `[${host}]` : host;
      if (!credentials) return { host: name, port, agent: new http.Agent({ keepAlive: false }) };
      const { verify, ...material } = credentials;
      return {
        host: name,
        port,
        protocol: "https",
        agent: new https.Agent({ ...material, rejectUnauthorized: verify }),
      };
    }
  }
}

function unreachable(refusals: readonly Refusal[]): SeatrialError {
  const lines = refusals.map(
    ({ candidate, error }) => `${candidate.address} (${candidate.origin}): ${reasonOf(error)}`,
  );
  const denied = refusals.some(({ error }) => ["EACCES", "EPERM"].includes(systemCode(error) ?? ""));
  const cause = refusals.length === 1 ? { cause: refusals[0]?.error } : {};
  return fail(denied ? "ENGINE_PERMISSION" : "ENGINE_UNREACHABLE", lines.join("; "), cause);
}

function reasonOf(error: unknown): string {
  switch (systemCode(error)) {
    case "ENOENT":
      return "no such socket";
    case "ECONNREFUSED":
      return "nobody listens there";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return messageOf(error).trim();
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
