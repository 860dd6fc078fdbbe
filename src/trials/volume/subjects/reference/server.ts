import http from "node:http";
import type { Method } from "./methods.ts";
import { NoAnswer, Refusal } from "./refusal.ts";
import { BadRequest } from "./requests.ts";

const LONGEST_BODY_BYTES = 2 ** 20;
/** Engines keep connections without a limit, and a connection that ends as it is used again loses them the body. */
const KEEP_ALIVE_MS = 15 * 60_000;
const SLOWEST_REQUEST_MS = 15_000;
const STOP_WITHIN_MS = 8000;
const CONTENT_TYPE = "application/vnd.docker.plugins.v1.1+json";

/** What the server serves. */
export interface Served {
  methods: Record<string, Method>;
  deadlineMs: number;
  log(line: string): void;
}

/**
 * The protocol's transport. A failure is a status of 500 with `Err`, the one form that all engines understand: Podman
 * does not look for `Err` in a 200. Everybody gets an answer within the deadline, whatever becomes of the work.
 */
export class DriverServer {
  protected readonly served: Served;
  protected readonly http: http.Server;

  constructor(served: Served) {
    this.served = served;
    this.http = http.createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: SLOWEST_REQUEST_MS,
        requestTimeout: SLOWEST_REQUEST_MS,
        connectionsCheckingInterval: 1000,
      },
      (request, response) => void this.serve(request, response),
    );
  }

  /** Done when it listens. */
  listen(socketPath: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.http.once("error", reject);
      this.http.listen(socketPath, resolve);
    });
  }

  /** Takes no more requests and finishes those it has, or gives them up after 8 seconds. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.http.close(resolve));
    const giveUp = setTimeout(() => this.http.closeAllConnections(), STOP_WITHIN_MS);
    const idle = setInterval(() => this.http.closeIdleConnections(), 20);
    await closed;
    clearTimeout(giveUp);
    clearInterval(idle);
  }

  protected async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const method = this.served.methods[request.url ?? ""];
    if (!method) this.refuse(request, response, 404, "there is no such method");
    else if (request.method !== "POST") this.refuse(request, response, 405, "methods are called by POST");
    else await this.#call(method, request, response);
  }

  async #call(method: Method, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    try {
      const body = await this.readBody(request);
      if (!body) this.refuse(request, response, 413, `a request has ${LONGEST_BODY_BYTES} bytes at most`);
      else this.answer(response, 200, { ...(await this.inTime(method, body, response)), Err: "" });
    } catch (error) {
      this.fail(error, response);
    }
  }

  /** Undefined when it is too long. */
  protected async readBody(request: http.IncomingMessage): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > LONGEST_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** The work's signal is aborted when nobody waits for it any more. @throws Refusal at the deadline */
  protected async inTime(method: Method, body: Buffer, response: http.ServerResponse): Promise<object> {
    const waiting = new AbortController();
    const give = (why: string) => () => waiting.abort(new Refusal(why));
    const late = setTimeout(give("not done in time; it is undone when it can be"), this.served.deadlineMs);
    response.once("close", give("the caller has gone"));
    try {
      return await Promise.race([method(body, waiting.signal), aborted(waiting.signal)]);
    } finally {
      clearTimeout(late);
    }
  }

  protected fail(error: unknown, response: http.ServerResponse): void {
    if (error instanceof NoAnswer) {
      response.destroy();
    } else if (error instanceof Refusal) {
      this.answer(response, error instanceof BadRequest ? 400 : 500, { Err: error.message });
    } else {
      this.served.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      this.answer(response, 500, { Err: "the driver has failed; its log says how" });
    }
  }

  protected answer(response: http.ServerResponse, status: number, fields: object): void {
    const text = `${JSON.stringify(fields)}\n`;
    response.writeHead(status, { "Content-Type": CONTENT_TYPE, "Content-Length": Buffer.byteLength(text) }).end(text);
  }

  /** Before the body is read, so the connection cannot be used again. */
  protected refuse(request: http.IncomingMessage, response: http.ServerResponse, status: number, error: string): void {
    response.setHeader("Connection", "close");
    this.answer(response, status, { Err: error });
    response.once("finish", () => request.destroy());
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
