import { expect, onTestFinished, test } from "vitest";
import { serveMetrics } from "./serve-metrics.ts";

test("metrics and probes are read over HTTP, and nothing else", async () => {
  let why: string | undefined = "the back end does not answer";
  const server = await serveMetrics(0, { render: async () => "x 1\n", unready: () => why });
  onTestFinished(() => server.close());
  const get = async (page: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${server.port}${page}`, { method });
    return [response.status, await response.text()];
  };
  expect(await get("/metrics?all=1")).toEqual([200, "x 1\n"]);
  expect(await get("/healthz")).toEqual([200, "alive\n"]);
  expect(await get("/readyz")).toEqual([503, "the back end does not answer\n"]);
  why = undefined;
  expect(await get("/readyz")).toEqual([200, "ready\n"]);
  expect((await get("/"))[0]).toBe(404);
  expect((await get("/metrics", "POST"))[0]).toBe(405);
  await expect(serveMetrics(server.port, { render: async () => "", unready: () => undefined })).rejects.toMatchObject({
    code: "METRICS_UNSERVED",
  });
});
