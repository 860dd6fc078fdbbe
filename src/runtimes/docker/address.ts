import path from "node:path";
import { contextAddress, currentContext } from "./contexts.ts";
import { type Credentials, credentialsIn, dockerHostCredentials } from "./credentials.ts";
import { fail } from "./errors.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where to find an engine's API. */
export type Endpoint =
  | { kind: "socket"; path: string }
  | { kind: "tcp"; host: string; port: number; credentials?: Credentials }
  | { kind: "ssh"; destination: SshDestination };

/** As much as an ssh:// address says; the rest is in the user's ssh configuration. */
export interface SshDestination {
  host: string;
  user?: string;
  port?: number;
  /** The engine's socket on that machine, where it is not the usual one. */
  socketPath?: string;
}

/** One place where an engine may be, and who named it. */
export interface Candidate {
  /** For messages: `DOCKER_HOST`, `context "desktop-linux"`, `usual place`. */
  origin: string;
  address: string;
  endpoint: Endpoint;
}

/**
 * Where to look for an engine, best first, in the order of the docker command: the caller's choice, DOCKER_HOST,
 * DOCKER_CONTEXT, the current context, the usual sockets. Only the last gives more than one.
 * @throws ENGINE_ADDRESS_INVALID, CONTEXT_NOT_FOUND, ENGINE_TLS_UNREADABLE
 */
export function engineCandidates(surroundings: Surroundings, host?: string): Candidate[] {
  const { env } = surroundings;
  if (host) return [namedHost("--host", host, surroundings)];
  if (env["DOCKER_HOST"]) return [namedHost("DOCKER_HOST", env["DOCKER_HOST"], surroundings)];
  const context = env["DOCKER_CONTEXT"] || currentContext(surroundings);
  if (context && context !== "default") return [namedContext(context, surroundings)];
  return usualSockets(surroundings).map((socket) => ({
    origin: "usual place",
    address: `${surroundings.platform === "win32" ? "npipe" : "unix"}://${socket}`,
    endpoint: { kind: "socket", path: socket },
  }));
}

function namedHost(origin: string, address: string, surroundings: Surroundings): Candidate {
  return { origin, address, endpoint: parseAddress(address, () => dockerHostCredentials(surroundings)) };
}

function namedContext(name: string, surroundings: Surroundings): Candidate {
  const { address, tlsDirectory, skipVerify } = contextAddress(name, surroundings);
  const endpoint = parseAddress(address, () => credentialsIn(tlsDirectory, !skipVerify, surroundings));
  return { origin: `context "${name}"`, address, endpoint };
}

/**
 * Reads one address. `credentials` is asked for tcp only.
 * @throws ENGINE_ADDRESS_INVALID
 */
export function parseAddress(address: string, credentials: () => Credentials | undefined): Endpoint {
  const [, scheme = "", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(address) ?? [];
  switch (scheme) {
    case "unix":
    case "npipe":
      return socketEndpoint(address, rest);
    case "ssh":
      return sshEndpoint(address);
    case "":
    case "tcp":
    case "http":
    case "https":
      return tcpEndpoint(address, rest, scheme === "https" ? (credentials() ?? { verify: true }) : credentials());
    default:
      throw fail("ENGINE_ADDRESS_INVALID", `${address}: "${scheme}" is no known way to reach an engine`);
  }
}

function socketEndpoint(address: string, socketPath: string): Endpoint {
  if (!socketPath.startsWith("/")) throw fail("ENGINE_ADDRESS_INVALID", `${address}: want an absolute path`);
  return { kind: "socket", path: socketPath };
}

function tcpEndpoint(address: string, hostAndPort: string, credentials: Credentials | undefined): Endpoint {
  const url = parseUrl(address, `tcp://${hostAndPort}`);
  const port = Number(url.port || (credentials ? 2376 : 2375));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { kind: "tcp", host, port, ...(credentials ? { credentials } : {}) };
}

function sshEndpoint(address: string): Endpoint {
  const url = parseUrl(address, address);
  const user = decodeURIComponent(url.username);
  if (url.password)
    throw fail("ENGINE_ADDRESS_INVALID", "an ssh address cannot carry a password; use a key or an agent");
  // A host or user that looks like an option would be one to ssh.
  if (url.hostname.startsWith("-") || user.startsWith("-")) {
    throw fail("ENGINE_ADDRESS_INVALID", `${address}: a host or user cannot start with "-"`);
  }
  const destination: SshDestination = { host: url.hostname.replace(/^\[|\]$/g, "") };
  if (user) destination.user = user;
  if (url.port) destination.port = Number(url.port);
  if (url.pathname.length > 1) destination.socketPath = decodeURIComponent(url.pathname);
  return { kind: "ssh", destination };
}

function parseUrl(address: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname) throw fail("ENGINE_ADDRESS_INVALID", `${address}: want a host name`);
  return url;
}

function usualSockets({ env, home, platform }: Surroundings): string[] {
  if (platform === "win32") return ["//./pipe/docker_engine", "//./pipe/podman-machine-default"];
  const sockets = [
    "/var/run/docker.sock",
    path.posix.join(home, ".docker/run/docker.sock"),
    path.posix.join(home, ".docker/desktop/docker.sock"),
  ];
  const runtimeDir = env["XDG_RUNTIME_DIR"];
  if (runtimeDir)
    sockets.push(path.posix.join(runtimeDir, "docker.sock"), path.posix.join(runtimeDir, "podman/podman.sock"));
  return [...sockets, "/run/podman/podman.sock"];
}
