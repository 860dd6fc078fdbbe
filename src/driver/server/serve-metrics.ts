import http from "node:http";
import type { AddressInfo } from "node:net";
import { EXPOSITION_TYPE } from "../../core/exposition.ts";
import { messageOf } from "../../core/errors.ts";
import { driverError } from "../errors.ts";

/** What is shown to those who watch over the driver. */
export interface Exhibit {
  render(): Promise<string>;
  /** What keeps the driver from knowing its volumes; undefined while nothing does. */
  unready(): string | undefined;
}

/** A running endpoint. */
export interface MetricsServer {
  port: number;
  close(): void;
}

/** Nobody else can reach it. */
const ADDRESS = "127.0.0.1";

/**
 * Serves `/metrics`, `/healthz` (200 while the process answers) and `/readyz` (503 while the back end does not) on the
 * loopback interface; port 0 takes a free one. @throws SeatrialError METRICS_UNSERVED
 */
export async function serveMetrics(port: number, exhibit: Exhibit): Promise<MetricsServer> {
  const server = http.createServer((request, response) => void answer(request, response, exhibit));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(driverError("METRICS_UNSERVED", `${ADDRESS}:${port}: ${messageOf(error)}`, { cause: error })),
    );
    server.listen(port, ADDRESS, resolve);
  });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function answer(request: http.IncomingMessage, response: http.ServerResponse, exhibit: Exhibit): Promise<void> {
  const say = (status: number, body: string, type = "text/plain; charset=utf-8") =>
    response.writeHead(status, { "Content-Type": type }).end(body);
  const [page] = (request.url ?? "/").split("?");
  if (request.method !== "GET" && request.method !== "HEAD") say(405, "only GET is answered\n");
  else if (page === "/metrics") say(200, await exhibit.render(), EXPOSITION_TYPE);
  else if (page === "/healthz") say(200, "alive\n");
  else if (page !== "/readyz") say(404, "there are /metrics, /healthz and /readyz\n");
  else {
    const why = exhibit.unready();
    say(why === undefined ? 200 : 503, `${why ?? "ready"}\n`);
  }
}
