import type { AgentFacts } from "../core/agent.ts";
import { messageOf, systemCode } from "../core/errors.ts";
import { splitLines } from "./lines.ts";
import {
  HEARTBEAT_MS,
  type NativeLibrary,
  PROTOCOL_VERSION,
  type Reply,
  type Request,
  type TaskTable,
} from "./protocol.ts";

/** What an agent serves, over which streams; `native` throws where there is no foreign function module. */
export interface ServeOptions {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  tasks: TaskTable;
  facts: AgentFacts;
  native: () => NativeLibrary;
}

/** Serves tasks until the input ends, then aborts what still runs and resolves. */
export function serveAgent(options: ServeOptions): Promise<void> {
  const running = new Map<number, AbortController>();
  let originNs = process.hrtime.bigint();
  const nowNs = () => Number(process.hrtime.bigint() - originNs);
  const send = (reply: Reply) => void options.output.write(`${JSON.stringify(reply)}\n`);

  const greet = (hello: Request & { type: "hello" }) => {
    if (hello.version !== PROTOCOL_VERSION) {
      send({ type: "refused", message: `the lab speaks protocol ${hello.version}, this agent ${PROTOCOL_VERSION}` });
      return;
    }
    const { bootId, timeNamespace } = options.facts;
    const sameKernel = bootId !== "" && hello.bootId === bootId && hello.timeNamespace === timeNamespace;
    if (sameKernel) originNs = BigInt(hello.originNs);
    send({ type: "ready", version: PROTOCOL_VERSION, facts: options.facts, sameKernel });
  };

  const run = async ({ id, task: name, input }: Request & { type: "call" }) => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const task = Object.hasOwn(options.tasks, name) ? options.tasks[name] : undefined;
      if (!task) throw new Error(`this agent knows no task "${name}"`);
      const emit = (event: unknown) => send({ type: "event", id, event });
      const output = await task(input as never, { nowNs, signal: controller.signal, emit, native: options.native });
      send({ type: "result", id, output: output ?? null });
    } catch (error) {
      const code = systemCode(error);
      send({ type: "failure", id, message: messageOf(error), ...(code ? { systemCode: code } : {}) });
    } finally {
      running.delete(id);
    }
  };

  const handle = (line: string) => {
    const request = JSON.parse(line) as Request;
    if (request.type === "call") void run(request);
    else if (request.type === "clock") send({ type: "clock", id: request.id, nowNs: nowNs() });
    else if (request.type === "cancel") running.get(request.id)?.abort(new Error("cancelled by the lab"));
    else greet(request);
  };

  const heartbeat = setInterval(() => send({ type: "heartbeat" }), HEARTBEAT_MS);
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(heartbeat);
      for (const controller of running.values()) controller.abort(new Error("the lab has gone"));
      resolve();
    };
    options.input.on("data", splitLines(handle));
    options.input.once("end", end);
    options.input.once("close", end);
    options.input.once("error", end);
    options.output.once("error", end);
  });
}
