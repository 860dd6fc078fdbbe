import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { createHash } from "node:crypto";
import tls from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { requires } from "../../requires.ts";
import { agentIn, box, forever, freshOwner, openWith, runtimeOn } from "./engine.ts";

const SOCKET = (process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace("unix://", "");

/** Stands in for ssh: notes how it was called and carries its standard streams to the engine's socket. */
const FAKE_SSH = `#!${process.execPath}
const fs = require("node:fs");
fs.appendFileSync(process.env.SSH_LOG, JSON.stringify(process.argv.slice(2)) + "\\n");
if (process.env.SSH_FAILS) { console.error("ada@box: Permission denied (publickey)."); process.exit(255); }
const socket = require("node:net").connect({ path: process.env.SSH_SOCKET, allowHalfOpen: true });
process.stdin.pipe(socket).pipe(process.stdout);
`;

requires("docker")("an engine is reached", () => {
  let directory = "";
  const servers: net.Server[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "seatrial-address-"));
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await rm(directory, { recursive: true });
  });

  const relay = (connection: net.Socket) => {
    const engine = net.connect({ path: SOCKET, allowHalfOpen: true });
    for (const end of [connection, engine]) end.on("error", () => {});
    connection.pipe(engine).pipe(connection);
  };
  const listening = async (server: net.Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };

  /** Opens an environment and has an agent there echo more than fits into one buffer; true when all came back. */
  async function echoes(env: Record<string, string>): Promise<boolean> {
    await using environment = await openWith(runtimeOn({ HOME: directory, ...env }), freshOwner(), [box("a")]);
    await using agent = await agentIn(environment, "a");
    const text = "x".repeat(300_000);
    return (await agent.call("agent.echo", text)) === text;
  }

  it("over tcp", async () => {
    const port = await listening(net.createServer({ allowHalfOpen: true }, relay));
    expect(await echoes({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).toBe(true);
  });

  it("over TLS with a client's certificate, in a context", async () => {
    const name = "far";
    const id = createHash("sha256").update(name).digest("hex");
    const contexts = path.join(directory, ".docker", "contexts");
    const pem = path.join(contexts, "tls", id, "docker");
    await mkdir(path.join(contexts, "meta", id), { recursive: true });
    await mkdir(pem, { recursive: true });
    const request = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
    ];
    execFileSync("openssl", [...request, "-keyout", path.join(pem, "key.pem"), "-out", path.join(pem, "cert.pem")], {
      stdio: "ignore",
    });
    const [cert, key] = [await readFile(path.join(pem, "cert.pem")), await readFile(path.join(pem, "key.pem"))];
    await writeFile(path.join(pem, "ca.pem"), cert);
    const port = await listening(
      tls.createServer(
        { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true },
        relay,
      ),
    );
    const meta = { Name: name, Endpoints: { docker: { Host: `tcp://localhost:${port}` } } };
    await writeFile(path.join(contexts, "meta", id, "meta.json"), JSON.stringify(meta));
    expect(await echoes({ DOCKER_CONTEXT: name })).toBe(true);
    const [check] = await runtimeOn({ HOME: directory, DOCKER_HOST: `https://localhost:${port}` }).preflight(forever);
    expect(check).toMatchObject({
      id: "engine",
      state: "fail",
      detail: expect.stringContaining("self-signed certificate"),
    });
  });

  it("over ssh, the system's own", async () => {
    const log = path.join(directory, "ssh.log");
    await writeFile(path.join(directory, "ssh"), FAKE_SSH, { mode: 0o755 });
    const env = {
      PATH: `${directory}:${process.env["PATH"]}`,
      SSH_LOG: log,
      SSH_SOCKET: SOCKET,
      DOCKER_HOST: "ssh://ada@box:2222",
    };
    expect(await echoes(env)).toBe(true);
    const [first = ""] = (await readFile(log, "utf8")).split("\n");
    expect(JSON.parse(first)).toEqual([
      "-l",
      "ada",
      "-p",
      "2222",
      "-o",
      "BatchMode=yes",
      "-o",
      "ConnectTimeout=30",
      "-T",
      "--",
      "box",
      "docker",
      "system",
      "dial-stdio",
    ]);

    const [check] = await runtimeOn({ ...env, SSH_FAILS: "1" }).preflight(forever);
    expect(check?.detail).toBe("ssh://ada@box:2222 (DOCKER_HOST): ssh box: ada@box: Permission denied (publickey).");
    const [missing] = await runtimeOn({ ...env, PATH: "/nowhere" }).preflight(forever);
    expect(missing?.detail).toContain("ssh cannot be started");
  });

  it("or not, and every place that was tried has its reason", async () => {
    const [nowhere] = await runtimeOn({ HOME: directory, XDG_RUNTIME_DIR: directory }).preflight(forever);
    expect(nowhere?.detail).toContain(`unix://${directory}/docker.sock (usual place): no such socket; `);
    expect(nowhere?.detail.split("; ").length).toBe(6);

    const mute = await listening(net.createServer());
    const [silent] = await runtimeOn({ DOCKER_HOST: `tcp://127.0.0.1:${mute}` }).preflight(forever);
    expect(silent).toMatchObject({
      id: "engine",
      state: "fail",
      detail: `tcp://127.0.0.1:${mute} (DOCKER_HOST): no answer within 5 s`,
    });

    const web = await listening(
      net.createServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
    );
    await expect(runtimeOn({ DOCKER_HOST: `tcp://127.0.0.1:${web}` }).facts(forever)).rejects.toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringContaining("not a Docker Engine"),
    });
    const closed = expect.objectContaining({ message: expect.stringContaining("nobody listens there") });
    await expect(runtimeOn({ DOCKER_HOST: "tcp://127.0.0.1:1" }).facts(forever)).rejects.toThrow(closed);
  });
});

requires("docker", "root")("a user who may not use the socket", () => {
  it("is told so", async () => {
    process.seteuid?.("nobody");
    try {
      await expect(runtimeOn({ DOCKER_HOST: `unix://${SOCKET}` }).facts(forever)).rejects.toMatchObject({
        code: "ENGINE_PERMISSION",
      });
    } finally {
      process.seteuid?.(0);
    }
  });
});
