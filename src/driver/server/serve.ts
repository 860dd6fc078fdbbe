import http from "node:http";
import type { Clock } from "../../core/clock.ts";
import { messageOf, SeatrialError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { driverError } from "../errors.ts";
import { BodyRefused, readBody } from "./body.ts";
import { CALLS, type Call, mustStaySilent, type Volumes } from "./calls.ts";
import { type ListenAt, listenOn } from "./listen.ts";

/** How calls are answered. */
export interface ServeOptions extends ListenAt {
  volumes: Volumes;
  deadlines: { mountMs: number; otherMs: number };
  clock: Clock;
  log: Log;
  /** Hears of every call that has ended. */
  observe(call: AnsweredCall): void;
}

/** silent: the connection was closed instead of an answer. abandoned: the caller was gone before it. */
export type Outcome = "ok" | "error" | "silent" | "abandoned";

/** One call and how it ended. */
export interface AnsweredCall {
  /** `VolumeDriver.Mount`; `unknown` for what is none. */
  call: string;
  outcome: Outcome;
  durationNs: number;
}

/** A driver that answers. */
export interface DriverServer {
  /** Takes no more calls, waits for those under way, tells the rest that it ends, and removes the socket. */
  close(limitMs: number): Promise<void>;
}

const ANSWER_TYPE = "application/vnd.docker.plugins.v1.1+json";
const BODY_LIMITS = { sizeBytes: 2 ** 20, timeoutMs: 10_000 };
/** An engine keeps its connections without a limit; one that closes under its next call costs a retry with an empty body. */
const KEEP_ALIVE_MS = 3_600_000;
/** Where a Get got no answer, an engine tries again for 15 s, and what it then sends has lost its body. */
const SILENCE_LASTS_NS = 20e9;

/** Serves the volume plugin protocol on a unix socket. @throws SeatrialError SOCKET_IN_USE, SOCKET_UNUSABLE */
export async function serveVolumes(options: ServeOptions): Promise<DriverServer> {
  const handler = new Handler(options);
  const server = http.createServer(
    {
      ...{
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: 20_000,
        requestTimeout: 0,
        connectionsCheckingInterval: 2000,
      },
      requireHostHeader: false,
    },
    (request, response) => {
      // One call that nobody thought of must not end the driver.
      handler.handle(request, response).catch((error: unknown) => {
        options.log("error", "call-failed", { call: request.url, detail: messageOf(error) });
        response.destroy();
      });
    },
  );
  server.on("clientError", (error, socket) => {
    if (socket.writable) socket.end(`HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n{"Err":"no HTTP request"}\n`);
    else socket.destroy(error);
  });
  await listenOn(server, options);
  return { close: (limitMs) => close(server, handler, limitMs) };
}

/** Node removes the socket's file itself when a server closes. */
function close(server: http.Server, handler: Handler, limitMs: number): Promise<void> {
  handler.askToLeave();
  return new Promise((resolve) => {
    const hasty = setTimeout(() => {
      handler.dismiss();
      // What they are told is on its way by then.
      setImmediate(() => server.closeAllConnections());
    }, limitMs);
    server.close(() => {
      clearTimeout(hasty);
      resolve();
    });
    server.closeIdleConnections();
  });
}

class Handler {
  readonly #options: ServeOptions;
  readonly #callers = new Set<AbortController>();
  readonly #open = new Set<http.ServerResponse>();
  #silentUntilNs = 0;

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { clock, observe } = this.#options;
    const startedNs = clock.nowNs();
    const path = request.url ?? "";
    const call = CALLS.get(path);
    this.#open.add(response);
    const outcome = await this.#take(call, request, response);
    this.#open.delete(response);
    observe({ call: call ? path.slice(1) : "unknown", outcome, durationNs: clock.nowNs() - startedNs });
  }

  /** Connections end with the answers that are awaited on them: a server waits for its connections. */
  askToLeave(): void {
    for (const response of this.#open) response.shouldKeepAlive = false;
  }

  /** Tells everybody who still waits that the driver ends. */
  dismiss(): void {
    for (const caller of this.#callers) caller.abort(driverError("DRIVER_ENDING", "the driver was told to end"));
  }

  async #take(call: Call | undefined, request: http.IncomingMessage, response: http.ServerResponse): Promise<Outcome> {
    let body: string;
    try {
      body = await readBody(request, BODY_LIMITS);
    } catch (error) {
      return refuseBody(error as Error, response);
    }
    if (!call) return send(response, 404, { Err: `there is no call ${JSON.stringify(request.url?.slice(0, 100))}` });
    if (request.method !== "POST")
      return send(response, 405, { Err: `${request.method} is not answered, only POST` }, { Allow: "POST" });
    if (call.errorMeansAbsent && body.trim() === "" && this.#isSilent()) return this.#staySilent(response);
    return this.#answer(call, body, response);
  }

  async #answer(call: Call, body: string, response: http.ServerResponse): Promise<Outcome> {
    const caller = this.#callerOf(call, response);
    try {
      const fields = await Promise.race([call.run(this.#options.volumes, body, caller.signal), caller.left]);
      return send(response, 200, fields);
    } catch (error) {
      return this.#refuse(call, error, response);
    } finally {
      caller.forget();
    }
  }

  #refuse(call: Call, error: unknown, response: http.ServerResponse): Outcome {
    if (response.destroyed) return "abandoned";
    if (!(error instanceof SeatrialError)) this.#tellDefect(error, response);
    if (mustStaySilent(call, error)) return this.#staySilent(response);
    return send(response, 500, { Err: messageOf(error) });
  }

  /** The engine keeps what it knows of the volume, and tries again. */
  #staySilent(response: http.ServerResponse): "silent" {
    this.#silentUntilNs = this.#options.clock.nowNs() + SILENCE_LASTS_NS;
    response.destroy();
    return "silent";
  }

  #isSilent(): boolean {
    return this.#options.volumes.isAway() || this.#options.clock.nowNs() < this.#silentUntilNs;
  }

  #tellDefect(error: unknown, { req }: http.ServerResponse): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#options.log("error", "call-failed", { call: req.url, detail: messageOf(error), stack });
  }

  /** Someone who waits for an answer, until the deadline or the end of the connection. */
  #callerOf({ isSlow }: Call, response: http.ServerResponse) {
    const { deadlines } = this.#options;
    const limitMs = isSlow ? deadlines.mountMs : deadlines.otherMs;
    const caller = new AbortController();
    this.#callers.add(caller);
    const { signal } = caller;
    const leave = () => caller.abort(driverError("DRIVER_ENDING", "the caller has gone"));
    const late = setTimeout(
      () => caller.abort(driverError("DEADLINE_PASSED", `this was not done within ${limitMs} ms`)),
      limitMs,
    );
    response.once("close", leave);
    const left = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    const forget = () => {
      clearTimeout(late);
      response.off("close", leave);
      this.#callers.delete(caller);
    };
    return { signal, left, forget };
  }
}

function refuseBody(error: Error, response: http.ServerResponse): Outcome {
  if (response.destroyed || !(error instanceof BodyRefused)) return "abandoned";
  // The rest of the body is not read: this connection is of no more use.
  return send(response, error.status, { Err: error.message }, { Connection: "close" });
}

function send(
  response: http.ServerResponse,
  status: number,
  fields: object,
  headers: http.OutgoingHttpHeaders = {},
): Outcome {
  const body = `${JSON.stringify(fields)}\n`;
  response.writeHead(status, { "Content-Type": ANSWER_TYPE, "Content-Length": Buffer.byteLength(body), ...headers });
  response.end(body);
  return status === 200 ? "ok" : "error";
}
