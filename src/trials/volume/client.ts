import http from "node:http";
import { createConnection, type Socket } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { systemCode } from "../../core/errors.ts";
import type { Exchange, Silence, VolumeOptions } from "./model.ts";
import { namedOptions } from "./named-options.ts";

/** What the driver said. */
export interface Answer {
  /** Undefined when it said nothing. */
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined where it is none. */
  json: unknown;
  silence?: Silence;
  /** As an engine sees it: status 200, a JSON object, and no `Err` in it. */
  ok: boolean;
  /** `Err`, or the body where the status is an error; "" where there is neither. */
  error: string;
  durationNs: number;
}

/** A request of any shape. */
export interface Request {
  /** `/VolumeDriver.Get` */
  path: string;
  method?: string;
  /** Undefined sends none, as engines do with Plugin.Activate; a text or bytes go as they are. */
  body?: string | Buffer;
  /** Beside an engine's own, or instead of them; undefined leaves one out. */
  headers?: http.OutgoingHttpHeaders;
  deadlineMs?: number;
  /** Closes the connection so many milliseconds after the request was sent, as a caller that gives up. */
  abandonAfterMs?: number;
}

/** What a client is made of. */
export interface ClientOptions {
  socketPath: string;
  clock: Clock;
  /** For a call that says nothing else. */
  deadlineMs: number;
  record?: (exchange: Exchange) => void;
}

/** Answers longer than this are cut off: no list of 5,000 volumes comes near. */
const LONGEST_ANSWER_BYTES = 64 * 2 ** 20;
const EVIDENCE_CHARACTERS = 2000;
/** As Docker Engine 20.10 sends it: an empty Host, no Content-Type. */
const ENGINE_HEADERS = {
  Host: "",
  "User-Agent": "Go-http-client/1.1",
  Accept: "application/vnd.docker.plugins.v1.2+json",
};

/**
 * Talks to a driver over its socket as an engine does: POST on connections that are kept. A call never rejects for what
 * the driver does; it says what came back, or that nothing did.
 */
export class DriverClient {
  readonly options: ClientOptions;
  readonly #agent = new http.Agent({ keepAlive: true });

  constructor(options: ClientOptions) {
    this.options = options;
  }

  activate(): Promise<Answer> {
    return this.request({ path: "/Plugin.Activate" });
  }

  capabilities(): Promise<Answer> {
    return this.call("Capabilities", {});
  }

  create(name: string, options: VolumeOptions | null = null): Promise<Answer> {
    return this.call("Create", { Name: name, Opts: options });
  }

  get(name: string): Promise<Answer> {
    return this.call("Get", { Name: name });
  }

  list(): Promise<Answer> {
    return this.call("List", {});
  }

  remove(name: string): Promise<Answer> {
    return this.call("Remove", { Name: name });
  }

  path(name: string): Promise<Answer> {
    return this.call("Path", { Name: name });
  }

  mount(name: string, id: string): Promise<Answer> {
    return this.call("Mount", { Name: name, ID: id });
  }

  unmount(name: string, id: string): Promise<Answer> {
    return this.call("Unmount", { Name: name, ID: id });
  }

  /** One of the driver's methods with a body of JSON and a newline; options of volumes are filled in by `namedOptions`. */
  call(method: string, body: unknown, more: Omit<Request, "path" | "body"> = {}): Promise<Answer> {
    return this.request({ ...more, path: `/VolumeDriver.${method}`, body: `${JSON.stringify(filled(body))}\n` });
  }

  /** Any request at all. */
  async request(request: Request): Promise<Answer> {
    const { clock, record } = this.options;
    const startedNs = clock.nowNs();
    const reply = await this.#send(request);
    const answer = read(reply, clock.nowNs() - startedNs);
    record?.(exchangeOf(request, answer, startedNs));
    return answer;
  }

  /** A bare connection, for what no client of HTTP would send. The caller ends it. */
  connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.options.socketPath);
      socket.once("connect", () => resolve(socket));
      socket.once("error", reject);
    });
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  #send({ path, method = "POST", body, headers = {}, deadlineMs, abandonAfterMs }: Request): Promise<Reply> {
    const limitMs = deadlineMs ?? this.options.deadlineMs;
    return new Promise((resolve) => {
      const sent = http.request({
        ...{ socketPath: this.options.socketPath, path, method, agent: this.#agent, setHost: false },
        headers: withoutHoles({ ...ENGINE_HEADERS, "Content-Length": Buffer.byteLength(body ?? ""), ...headers }),
      });
      const end = (reply: Reply) => {
        clearTimeout(late);
        clearTimeout(abandon);
        resolve(reply);
        if (reply.silence) sent.destroy();
      };
      const late = setTimeout(() => end({ silence: "late" }), limitMs);
      const abandon =
        abandonAfterMs === undefined ? undefined : setTimeout(() => end({ silence: "late" }), abandonAfterMs);
      sent.on("response", (response) => collect(response, end));
      sent.on("error", (error) =>
        end({ silence: systemCode(error) === "ECONNREFUSED" || systemCode(error) === "ENOENT" ? "refused" : "closed" }),
      );
      sent.end(body);
    });
  }
}

function withoutHoles(headers: http.OutgoingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

type Reply = { silence: Silence } | { silence?: undefined; response: http.IncomingMessage; bytes: Buffer };

function collect(response: http.IncomingMessage, end: (reply: Reply) => void): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  response.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > LONGEST_ANSWER_BYTES) response.destroy();
    else chunks.push(chunk);
  });
  response.on("end", () => end({ response, bytes: Buffer.concat(chunks) }));
  response.on("error", () => end({ silence: "closed" }));
  response.on("close", () => end({ silence: "closed" }));
}

function read(reply: Reply, durationNs: number): Answer {
  const nothing = { status: undefined, headers: {}, text: "", json: undefined, ok: false, error: "", durationNs };
  if (reply.silence) return { ...nothing, silence: reply.silence };
  const { statusCode: status, headers } = reply.response;
  const text = reply.bytes.toString("utf8");
  const json = parse(text);
  const error = errorOf(json) ?? (status === 200 ? "" : text.trim());
  return { status, headers, text, json, ok: status === 200 && isObject(json) && error === "", error, durationNs };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Engines decode field names in any case. */
function errorOf(json: unknown): string | undefined {
  if (!isObject(json)) return undefined;
  const value = Object.entries(json).find(([key]) => key.toLowerCase() === "err")?.[1];
  return typeof value === "string" ? value : undefined;
}

/** A JSON object: not null, no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function exchangeOf(request: Request, answer: Answer, startedNs: number): Exchange {
  const { path, method = "POST", body = "" } = request;
  const { status, text, silence, durationNs } = answer;
  return {
    call: method === "POST" ? path.slice(1) : `${method} ${path}`,
    sent: cut(body.toString()),
    ...(status === undefined ? {} : { status, received: cut(text) }),
    ...(silence && { silence }),
    startedNs,
    durationNs,
  };
}

function cut(text: string): string {
  return text.length > EVIDENCE_CHARACTERS
    ? `${text.slice(0, EVIDENCE_CHARACTERS)}... (${text.length} characters)`
    : text;
}

function filled(body: unknown): unknown {
  if (!isObject(body) || typeof body["Name"] !== "string" || !isObject(body["Opts"])) return body;
  return { ...body, Opts: namedOptions(body["Opts"] as VolumeOptions, body["Name"]) };
}
