import http from "node:http";
import path from "node:path";
import Dockerode from "dockerode";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { makeContainer } from "./container.ts";

/** An engine whose container ends during the second call that waits for it. */
async function startEngine(): Promise<{ engine: Dockerode; waits: string[] }> {
  const socketPath = path.join(temporaryFolder(), "engine.sock");
  const waits: string[] = [];
  const server = http.createServer(({ url = "" }, response) => {
    response.setHeader("Content-Type", "application/json");
    if (!url.includes("/wait")) return void response.writeHead(201).end(JSON.stringify({ Id: "one" }));
    waits.push(url);
    response.flushHeaders();
    if (waits.length === 2) response.end(JSON.stringify({ StatusCode: 7 }));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  server.unref();
  return { engine: new Dockerode({ socketPath }), waits };
}

test("a container may run for longer than the client waits for an answer", async () => {
  const { engine, waits } = await startEngine();
  const container = await makeContainer({ engine, image: "i", driver: "d" }, { script: "sleep 300", mounts: [] });
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementationOnce(() => {
    const over = new AbortController();
    setTimeout(() => over.abort(), 50);
    return over.signal;
  });
  expect(await container.ended()).toBe(7);
  expect(waits.filter((url) => url.includes("condition=not-running"))).toHaveLength(2);
  expect(timeout).toHaveBeenCalledTimes(2);
  timeout.mockRestore();
});
