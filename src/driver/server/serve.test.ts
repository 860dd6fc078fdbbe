import fs from "node:fs";
import http from "node:http";
import { createConnection, createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createSystemClock } from "../../core/clock.ts";
import { driverError } from "../errors.ts";
import type { Volumes } from "./calls.ts";
import { type AnsweredCall, type DriverServer, serveVolumes } from "./serve.ts";

const never = () => new Promise<never>(() => {});

/** Volumes that do nothing; each test changes what it is about. */
const NO_VOLUMES: Volumes = {
  scope: "local",
  activated: async () => {},
  create: async () => {},
  get: async (name) => {
    throw driverError("VOLUME_UNKNOWN", `there is no volume ${name}`);
  },
  list: async () => [],
  remove: async () => {},
  mount: async (name) => `/mounts/${name}`,
  unmount: async () => {},
  isAway: () => false,
  status: async () => ({}),
};

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function socketIn(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-driver-"));
  opened.push(async () => fs.rmSync(directory, { recursive: true }));
  return path.join(directory, "s.sock");
}

async function serve(volumes: Partial<Volumes> = {}, socketPath = socketIn()) {
  const calls: AnsweredCall[] = [];
  const server: DriverServer = await serveVolumes({
    ...{ socketPath, volumes: { ...NO_VOLUMES, ...volumes }, deadlines: { mountMs: 80, otherMs: 60 } },
    ...{ clock: createSystemClock(), log: () => {}, observe: (call: AnsweredCall) => void calls.push(call) },
  });
  opened.push(() => server.close(0));
  return { server, socketPath, calls };
}

interface Said {
  status: number | undefined;
  text: string;
  type?: string | undefined;
}

/** As an engine does; status is undefined where the connection ended without an answer. */
function ask(socketPath: string, call: string, body: unknown = {}, more: http.RequestOptions = {}): Promise<Said> {
  return new Promise((resolve) => {
    const request = http.request({ socketPath, path: `/${call}`, method: "POST", headers: { Host: "" }, ...more });
    request.on("response", (response) => {
      let text = "";
      response.on("data", (more_: Buffer) => (text += more_.toString()));
      response.on("end", () => resolve({ status: response.statusCode, text, type: response.headers["content-type"] }));
    });
    request.on("error", () => resolve({ status: undefined, text: "" }));
    request.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}

describe("the protocol", () => {
  test("is spoken without a Content-Type, with an empty Host, and with or without a body", async () => {
    const { socketPath } = await serve();
    expect(await ask(socketPath, "Plugin.Activate", "")).toEqual({
      status: 200,
      text: '{"Implements":["VolumeDriver"]}\n',
      type: "application/vnd.docker.plugins.v1.1+json",
    });
    expect((await ask(socketPath, "VolumeDriver.Capabilities", "{}\n")).text).toContain('{"Scope":"local"}');
    const mounted = await ask(socketPath, "VolumeDriver.Mount", { Name: "v", ID: "a" });
    expect(mounted.text).toBe('{"Mountpoint":"/mounts/v","Err":""}\n');
  });

  test("errors are status 500 and Err; other calls and methods are told from them", async () => {
    const { socketPath } = await serve();
    const unknown = await ask(socketPath, "VolumeDriver.Get", { Name: "v" });
    expect(unknown).toMatchObject({ status: 500, text: '{"Err":"there is no volume v"}\n' });
    expect(await ask(socketPath, "VolumeDriver.Grow")).toMatchObject({ status: 404 });
    const got = await ask(socketPath, "VolumeDriver.Get", "", { method: "GET" });
    expect(got).toMatchObject({ status: 405, text: expect.stringContaining('{"Err":"GET is not answered') });
  });

  test("a body is UTF-8 and of 1 MiB at most", async () => {
    const { socketPath } = await serve();
    const broken = Buffer.from([...Buffer.from('{"Name":"'), 0xff, ...Buffer.from('"}')]);
    expect(await ask(socketPath, "VolumeDriver.Create", broken)).toMatchObject({ status: 400 });
    const large = await ask(socketPath, "VolumeDriver.Create", "x".repeat(2 ** 20 + 1));
    expect([413, undefined]).toContain(large.status);
    expect((await ask(socketPath, "VolumeDriver.List")).status).toBe(200);
  });

  test("a defect is told as one, and the server goes on", async () => {
    const { socketPath } = await serve({ list: () => Promise.reject(new TypeError("oops")) });
    expect(await ask(socketPath, "VolumeDriver.List")).toMatchObject({ status: 500, text: '{"Err":"oops"}\n' });
    expect((await ask(socketPath, "VolumeDriver.Capabilities")).status).toBe(200);
  });
});

describe("what nobody can know is not answered", () => {
  const away = () => Promise.reject(driverError("BACK_END_AWAY", "no answer"));

  test("Get in an outage, and what an engine sends after it", async () => {
    const { socketPath, calls } = await serve({ get: away, isAway: () => true });
    expect((await ask(socketPath, "VolumeDriver.Get", { Name: "v" })).status).toBeUndefined();
    expect((await ask(socketPath, "VolumeDriver.Get", "")).status).toBeUndefined();
    expect(calls.map(({ outcome }) => outcome)).toEqual(["silent", "silent"]);
  });

  test("the retry without a body stays without an answer when the outage ends in between", async () => {
    const { socketPath } = await serve({ get: away });
    expect((await ask(socketPath, "VolumeDriver.Get", "")).status).toBe(500);
    expect((await ask(socketPath, "VolumeDriver.Get", { Name: "v" })).status).toBeUndefined();
    expect((await ask(socketPath, "VolumeDriver.Get", "")).status).toBeUndefined();
  });

  test("Get that takes too long, or that fails for a reason nobody thought of", async () => {
    const late = await serve({ get: never });
    expect((await ask(late.socketPath, "VolumeDriver.Get", { Name: "v" })).status).toBeUndefined();
    const broken = await serve({ get: () => Promise.reject(new TypeError("oops")) });
    expect((await ask(broken.socketPath, "VolumeDriver.Get", { Name: "v" })).status).toBeUndefined();
  });

  test("all else is", async () => {
    const { socketPath } = await serve({ list: away, mount: away });
    expect((await ask(socketPath, "VolumeDriver.List")).status).toBe(500);
    expect((await ask(socketPath, "VolumeDriver.Mount", { Name: "v", ID: "a" })).status).toBe(500);
  });
});

describe("a caller", () => {
  test("hears of the deadline, and the work of its end", async () => {
    let wanted: AbortSignal | undefined;
    const mount: Volumes["mount"] = (_name, _id, caller) => ((wanted = caller), never());
    const { socketPath } = await serve({ mount });
    const late = await ask(socketPath, "VolumeDriver.Mount", { Name: "v", ID: "a" });
    expect(late).toMatchObject({ status: 500, text: expect.stringContaining("80 ms") });
    expect(wanted?.aborted).toBe(true);
  });

  test("that goes away is noticed", async () => {
    const gone = new Promise<void>((resolve) => {
      const mount: Volumes["mount"] = (_name, _id, caller) => {
        caller.addEventListener("abort", () => resolve());
        request.destroy();
        return never();
      };
      let request: http.ClientRequest;
      void serve({ mount }).then(({ socketPath }) => {
        request = http.request({ socketPath, path: "/VolumeDriver.Mount", method: "POST" });
        request.on("error", () => {});
        request.end('{"Name":"v","ID":"a"}');
      });
    });
    await expect(gone).resolves.toBeUndefined();
  });

  test("that waits when the driver ends is told so, and the socket is gone", async () => {
    const { server, socketPath } = await serve({ mount: never });
    const waiting = ask(socketPath, "VolumeDriver.Mount", { Name: "v", ID: "a" });
    while ((await ask(socketPath, "VolumeDriver.List")).status !== 200);
    await server.close(0);
    expect(await waiting).toMatchObject({ status: 500, text: expect.stringContaining("told to end") });
    expect(fs.existsSync(socketPath)).toBe(false);
  });
});

describe("the socket", () => {
  test("is its owner's alone", async () => {
    const { socketPath } = await serve();
    expect(fs.statSync(socketPath).mode & 0o777).toBe(0o600);
  });

  test("that somebody serves is left to him", async () => {
    const { socketPath } = await serve();
    await expect(serve({}, socketPath)).rejects.toMatchObject({ code: "SOCKET_IN_USE" });
    expect((await ask(socketPath, "VolumeDriver.List")).status).toBe(200);
  });

  test("that was left behind is replaced", async () => {
    const socketPath = socketIn();
    const dead = createServer().listen(`${socketPath}.first`);
    await new Promise((resolve) => dead.once("listening", resolve));
    // A server that closes takes its file along, but not under another name.
    fs.renameSync(`${socketPath}.first`, socketPath);
    await new Promise((resolve) => dead.close(resolve));
    expect(fs.lstatSync(socketPath).isSocket()).toBe(true);
    await serve({}, socketPath);
    expect((await ask(socketPath, "VolumeDriver.List")).status).toBe(200);
  });

  test.each([
    ["a file of another kind", (socketPath: string) => (fs.writeFileSync(socketPath, "mine"), socketPath)],
    ["a path that is too long", (socketPath: string) => `${socketPath}${"x".repeat(108)}`],
    ["a directory that is not there", (socketPath: string) => `${socketPath}/below`],
  ])("cannot be %s", async (_what, pathOf) => {
    await expect(serve({}, pathOf(socketIn()))).rejects.toMatchObject({ code: "SOCKET_UNUSABLE" });
  });

  test("speaks nothing but HTTP", async () => {
    const { socketPath } = await serve();
    const answered = await new Promise<string>((resolve) => {
      let text = "";
      const socket = createConnection(socketPath);
      socket.on("data", (more: Buffer) => (text += more.toString()));
      socket.on("close", () => resolve(text));
      socket.write("hello\r\n\r\n");
    });
    expect(answered).toContain("400 Bad Request");
  });
});
