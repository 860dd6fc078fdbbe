import type { IncomingMessage, ServerResponse } from "node:http";
import { BadRequest, RequestReader } from "../requests.ts";
import { DriverServer, type Served } from "../server.ts";
import type { Mutant } from "./mutant.ts";

const IDLE_MS = 5000;

/** Drivers that do not bear what comes over the socket. */
export const transportMutants: readonly Mutant[] = [
  {
    id: "idle-connections-end",
    defect: "A connection that lies idle for 5 s is closed.",
    seenIn: "by construction; Node's own default",
    meant: ["P14"],
    parts: {
      Server: class extends DriverServer {
        constructor(served: Served) {
          super(served);
          this.http.keepAliveTimeout = IDLE_MS;
        }
      },
    },
  },
  {
    id: "body-without-limit",
    defect: "A body is read to its end, however long.",
    seenIn: "by construction",
    meant: ["P10"],
    parts: {
      Server: class extends DriverServer {
        protected override async readBody(request: IncomingMessage): Promise<Buffer> {
          const chunks: Buffer[] = [];
          for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
          return Buffer.concat(chunks);
        }
      },
    },
  },
  {
    id: "crash-on-bad-json",
    defect: "A body that is no JSON ends the process.",
    seenIn: "heliumdatacommons (an unbound variable)",
    meant: ["P06"],
    parts: {
      Reader: class extends RequestReader {
        override fields(body: Buffer): Record<string, unknown> {
          try {
            return super.fields(body);
          } catch (error) {
            setImmediate(() => {
              throw error;
            });
            throw error;
          }
        }
      },
    },
  },
  {
    id: "acts-on-empty-body",
    defect: "An empty body is done to a volume without a name.",
    seenIn: "by construction; records begin empty in Go",
    meant: ["P07"],
    parts: {
      Reader: class extends RequestReader {
        override fields(body: Buffer): Record<string, unknown> {
          return body.length === 0 ? { Name: "volume", ID: "0" } : super.fields(body);
        }
      },
    },
  },
  {
    id: "names-of-any-type",
    defect: "A Name that is no text is made one.",
    seenIn: "by construction; JavaScript and Python do",
    meant: ["P08"],
    parts: {
      Reader: class extends RequestReader {
        override name(fields: Record<string, unknown>): string {
          return super.name({ ...fields, Name: String(fields["Name"]).replaceAll(/[^A-Za-z0-9]/g, "") });
        }
      },
    },
  },
  {
    id: "bad-requests-succeed",
    defect: "A request that makes no sense is answered as if it were done.",
    seenIn: "by construction; a handler in Go that returns without a word says 200",
    meant: ["P08", "P09"],
    parts: {
      Server: class extends DriverServer {
        protected override fail(error: unknown, response: ServerResponse): void {
          if (error instanceof BadRequest) this.answer(response, 200, { Err: "" });
          else super.fail(error, response);
        }
      },
    },
  },
  {
    id: "wants-a-body",
    defect: "A List without a body is refused, and Podman sends none.",
    seenIn: "by construction; docker sends `{}`",
    meant: ["P03"],
    throughEngine: ["E15"],
    parts: {
      Server: class extends DriverServer {
        protected override async inTime(...[method, body, response]: Parameters<DriverServer["inTime"]>) {
          if (body.length === 0 && response.req.url === "/VolumeDriver.List") throw new BadRequest("there is no body");
          return super.inTime(method, body, response);
        }
      },
    },
  },
  {
    id: "wants-content-type",
    defect: "A request without a Content-Type of JSON is refused, and engines send none.",
    seenIn: "by construction; strict frameworks do",
    meant: ["P01", "P03"],
    parts: {
      Server: class extends DriverServer {
        protected override async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
          if (request.headers["content-type"]?.includes("json")) await super.serve(request, response);
          else this.fail(new BadRequest("Content-Type must be application/json"), response);
        }
      },
    },
  },
];
