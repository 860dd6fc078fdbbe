import http from "node:http";
import path from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { ENGINE_ADDRESS } from "../options.ts";
import { connectUserEngine } from "./user-engine.ts";

const NOBODY = "tcp://127.0.0.1:1";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An engine that answers all that it is asked with its name. */
async function startEngine(name: string): Promise<string> {
  const socketPath = path.join(temporaryFolder(), "an engine.sock");
  const server = http.createServer((_, response) =>
    response.end(JSON.stringify({ Version: name, ApiVersion: "1.41" })),
  );
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  server.unref();
  return socketPath;
}

describe("an engine with an address", () => {
  test.each([NOBODY, "unix:///nowhere"])("is that engine, whatever DOCKER_HOST says: %s", async (elsewhere) => {
    const socketPath = await startEngine("second");
    vi.stubEnv("DOCKER_HOST", elsewhere);
    await using engine = await connectUserEngine({ driver: "d", image: "x", address: `unix://${socketPath}` });
    expect(await engine.about()).toEqual({ version: "second", apiVersion: "1.41" });
  });

  test("that does not answer is named, with the option that gave it", async () => {
    const socketPath = await startEngine("first");
    vi.stubEnv("DOCKER_HOST", `unix://${socketPath}`);
    await expect(connectUserEngine({ driver: "d", image: "x", address: NOBODY })).rejects.toMatchObject({
      code: "VOLUME_ENGINE_UNREACHABLE",
      message: expect.stringContaining(NOBODY),
      remedy: expect.stringContaining("--peer-engine"),
    });
  });

  test.each([
    ["unix:///run/docker.sock", true],
    ["unix:///run/an engine.sock", true],
    ["tcp://host:2375", true],
    ["tcp://[::1]:2375/", true],
    ["tcp://host", false],
    ["tcp://::1:2375", false],
    ["unix://run/docker.sock", false],
    ["http://host:2375", false],
  ])("%s is one: %s", (address, isOne) => {
    expect(ENGINE_ADDRESS.test(address)).toBe(isOne);
  });
});
