import http from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf } from "../../../core/errors.ts";
import { loopError } from "./errors.ts";
import { EXPOSITION_TYPE } from "../../../core/exposition.ts";

/** What the endpoint shows. */
export interface Exhibit {
  render(): string;
  /** What keeps the loop from being ready; `undefined` once the data was verified and found whole. */
  unready(): string | undefined;
}

/** A running endpoint. */
export interface MetricsServer {
  port: number;
  close(): Promise<void>;
}

/**
 * Serves `/metrics`, `/healthz` (200 while the process answers) and `/readyz` (200 or 503) without anything that
 * changes state; port 0 takes a free one. @throws INTEGRITY_LOOP_METRICS
 */
export async function serveMetrics(at: { port: number; address: string }, exhibit: Exhibit): Promise<MetricsServer> {
  const server = http.createServer((request, response) => {
    const { status, type, body } = answer(request, exhibit);
    response.writeHead(status, { "content-type": type }).end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        loopError("INTEGRITY_LOOP_METRICS", `cannot listen on ${at.address}:${at.port}: ${messageOf(error)}`, {
          cause: error,
        }),
      ),
    );
    server.listen(at.port, at.address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

function answer({ method, url = "/" }: http.IncomingMessage, exhibit: Exhibit): Answer {
  if (method !== "GET" && method !== "HEAD") return words(405, "only GET is answered");
  const [page] = url.split("?");
  if (page === "/metrics") return { status: 200, type: EXPOSITION_TYPE, body: exhibit.render() };
  if (page === "/healthz") return words(200, "alive");
  if (page !== "/readyz") return words(404, "there are /metrics, /healthz and /readyz");
  const unready = exhibit.unready();
  return unready === undefined ? words(200, "ready") : words(503, unready);
}

function words(status: number, text: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}
