import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { engineCandidates, parseAddress } from "./address.ts";
import type { Surroundings } from "./surroundings.ts";

function machine(
  env: Record<string, string>,
  files: Record<string, string> = {},
  platform: NodeJS.Platform = "linux",
): Surroundings {
  return { env, home: "/home/ada", platform, readText: (file) => files[file] };
}

const idOf = (name: string) => createHash("sha256").update(name).digest("hex");
const metaFile = (name: string, root = "/home/ada/.docker") => `${root}/contexts/meta/${idOf(name)}/meta.json`;
const meta = (host: string, skip = false) =>
  JSON.stringify({ Name: "x", Endpoints: { docker: { Host: host, SkipTLSVerify: skip } } });
const noTls = () => undefined;

describe("where an engine is looked for", () => {
  it("tries the usual sockets where nothing is named, rootless ones below XDG_RUNTIME_DIR too", () => {
    const found = engineCandidates(machine({ XDG_RUNTIME_DIR: "/run/user/1000" }));
    expect(found.map(({ address }) => address)).toEqual([
      "unix:///var/run/docker.sock",
      "unix:///home/ada/.docker/run/docker.sock",
      "unix:///home/ada/.docker/desktop/docker.sock",
      "unix:///run/user/1000/docker.sock",
      "unix:///run/user/1000/podman/podman.sock",
      "unix:///run/podman/podman.sock",
    ]);
  });

  it("tries named pipes on Windows", () => {
    const [first] = engineCandidates(machine({}, {}, "win32"));
    expect(first?.endpoint).toEqual({ kind: "socket", path: "//./pipe/docker_engine" });
  });

  it("takes what is named in the docker command's order, and then nothing else", () => {
    const files = {
      "/home/ada/.docker/config.json": '{"currentContext":"current"}',
      [metaFile("current")]: meta("unix:///current.sock"),
      [metaFile("named")]: meta("unix:///named.sock"),
    };
    const env = { DOCKER_HOST: "unix:///host.sock", DOCKER_CONTEXT: "named" };
    const first = (given: Record<string, string>, host?: string) =>
      engineCandidates(machine(given, files), host).map(({ origin, address }) => [origin, address]);
    expect(first(env, "unix:///flag.sock")).toEqual([["--host", "unix:///flag.sock"]]);
    expect(first(env)).toEqual([["DOCKER_HOST", "unix:///host.sock"]]);
    expect(first({ DOCKER_CONTEXT: "named" })).toEqual([['context "named"', "unix:///named.sock"]]);
    expect(first({})).toEqual([['context "current"', "unix:///current.sock"]]);
    expect(first({ DOCKER_CONTEXT: "default" })).toHaveLength(4);
  });

  it("honours DOCKER_CONFIG", () => {
    const files = {
      "/etc/d/config.json": '{"currentContext":"c"}',
      [metaFile("c", "/etc/d")]: meta("tcp://engine:2375"),
    };
    expect(engineCandidates(machine({ DOCKER_CONFIG: "/etc/d" }, files))[0]?.address).toBe("tcp://engine:2375");
  });

  it("lives with a configuration that is no JSON", () => {
    expect(engineCandidates(machine({}, { "/home/ada/.docker/config.json": "{" }))).toHaveLength(4);
  });

  it("says which context is missing and where it looked", () => {
    expect(() => engineCandidates(machine({ DOCKER_CONTEXT: "gone" }))).toThrow(
      expect.objectContaining({ code: "CONTEXT_NOT_FOUND", message: expect.stringContaining(metaFile("gone")) }),
    );
    const files = { [metaFile("odd")]: '{"Endpoints":{"kubernetes":{}}}' };
    expect(() => engineCandidates(machine({ DOCKER_CONTEXT: "odd" }, files))).toThrow(
      expect.objectContaining({
        code: "CONTEXT_NOT_FOUND",
        message: expect.stringContaining("names no Docker endpoint"),
      }),
    );
  });
});

describe("TLS", () => {
  const pem = { "/certs/ca.pem": "CA", "/certs/cert.pem": "CERT", "/certs/key.pem": "KEY" };
  const endpoint = (env: Record<string, string>, files: Record<string, string> = {}) =>
    engineCandidates(machine({ DOCKER_HOST: "tcp://engine", ...env }, files))[0]?.endpoint;

  it("is off unless asked for, and then decides the port", () => {
    expect(endpoint({ DOCKER_CERT_PATH: "/certs" }, pem)).toEqual({ kind: "tcp", host: "engine", port: 2375 });
    expect(endpoint({ DOCKER_CERT_PATH: "/certs", DOCKER_TLS_VERIFY: "1" }, pem)).toEqual({
      kind: "tcp",
      host: "engine",
      port: 2376,
      credentials: { ca: "CA", cert: "CERT", key: "KEY", verify: true },
    });
  });

  it("verifies nothing with DOCKER_TLS alone, and needs no files", () => {
    expect(endpoint({ DOCKER_TLS: "1" })).toMatchObject({ port: 2376, credentials: { verify: false } });
  });

  it("is said to be unreadable where the named directory has none or half of it", () => {
    const unreadable = expect.objectContaining({ code: "ENGINE_TLS_UNREADABLE" });
    expect(() => endpoint({ DOCKER_CERT_PATH: "/none", DOCKER_TLS_VERIFY: "1" })).toThrow(unreadable);
    expect(() =>
      endpoint({ DOCKER_CERT_PATH: "/certs", DOCKER_TLS_VERIFY: "1" }, { "/certs/cert.pem": "CERT" }),
    ).toThrow(unreadable);
  });

  it("comes with a context that has material", () => {
    const tls = `/home/ada/.docker/contexts/tls/${idOf("far")}/docker`;
    const files = {
      [metaFile("far")]: meta("tcp://far:2376", true),
      [`${tls}/ca.pem`]: "CA",
      [`${tls}/cert.pem`]: "CERT",
      [`${tls}/key.pem`]: "KEY",
    };
    expect(engineCandidates(machine({ DOCKER_CONTEXT: "far" }, files))[0]?.endpoint).toMatchObject({
      credentials: { ca: "CA", verify: false },
    });
  });
});

describe("an address", () => {
  it.each([
    ["unix:///a b/docker.sock", { kind: "socket", path: "/a b/docker.sock" }],
    ["npipe:////./pipe/docker_engine", { kind: "socket", path: "//./pipe/docker_engine" }],
    ["tcp://10.0.0.1:1234", { kind: "tcp", host: "10.0.0.1", port: 1234 }],
    ["engine:1234", { kind: "tcp", host: "engine", port: 1234 }],
    ["tcp://[::1]:2375", { kind: "tcp", host: "::1", port: 2375 }],
    ["https://engine", { kind: "tcp", host: "engine", port: 2376, credentials: { verify: true } }],
    ["ssh://box", { kind: "ssh", destination: { host: "box" } }],
    ["ssh://ada@box:2222", { kind: "ssh", destination: { host: "box", user: "ada", port: 2222 } }],
    ["ssh://box/run/podman.sock", { kind: "ssh", destination: { host: "box", socketPath: "/run/podman.sock" } }],
  ])("%s", (address, endpoint) => {
    expect(parseAddress(address, noTls)).toEqual(endpoint);
  });

  it.each([
    "unix://",
    "unix://relative.sock",
    "tcp://",
    "ftp://engine",
    "fd://",
    "ssh://",
    "ssh://-oProxyCommand=x",
    "ssh://-l@box",
    "ssh://ada:secret@box",
  ])("%s is refused", (address) => {
    expect(() => parseAddress(address, noTls)).toThrow(expect.objectContaining({ code: "ENGINE_ADDRESS_INVALID" }));
  });

  it("never repeats a password", () => {
    expect(() => parseAddress("ssh://ada:secret@box", noTls)).toThrow(/^(?!.*secret)/);
  });
});
