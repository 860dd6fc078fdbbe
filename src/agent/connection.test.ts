import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { AgentChannel, AgentFacts } from "../core/agent.ts";
import { createSystemClock } from "../core/clock.ts";
import { createClockOffset } from "./clock-offset.ts";
import { connectAgent } from "./connection.ts";
import { agentFacts } from "./facts.ts";
import { splitLines } from "./lines.ts";
import type { TaskTable } from "./protocol.ts";
import { serveAgent } from "./serve.ts";

const forever = new AbortController().signal;

/** An agent in this process: the same serve loop over two in-memory streams. */
function agentInProcess(tasks: TaskTable, facts: Partial<AgentFacts> = {}): AgentChannel {
  const input = new PassThrough();
  const output = new PassThrough();
  const native = () => {
    throw new Error("none here");
  };
  const served = serveAgent({ input, output, tasks, native, facts: { ...agentFacts(""), ...facts } });
  const closed = served.then(() => ({ reason: "served" }));
  const close = async () => {
    input.end();
    await closed;
  };
  return { input, output, closed, close, errorTail: () => "" };
}

const connect = (channel: AgentChannel, silenceLimitMs?: number) =>
  connectAgent(channel, { clock: createSystemClock(), signal: forever, ...(silenceLimitMs ? { silenceLimitMs } : {}) });

describe("a connection to an agent", () => {
  it("carries input, output and events of a task", async () => {
    await using agent = await connect(
      agentInProcess({
        double: (input: number, { emit }) => {
          emit({ half: input / 2 });
          return input * 2;
        },
      }),
    );
    const events: unknown[] = [];
    expect(await agent.call("double", 8, { onEvent: (event) => events.push(event) })).toBe(16);
    expect(events).toEqual([{ half: 4 }]);
  });

  it("tells a task's failure with the system's code, and an unknown task by name", async () => {
    const boom = () => {
      throw Object.assign(new Error("no such thing"), { code: "ENOENT" });
    };
    await using agent = await connect(agentInProcess({ boom }));
    await expect(agent.call("boom", {})).rejects.toMatchObject({
      name: "TaskFailure",
      message: "no such thing",
      systemCode: "ENOENT",
    });
    await expect(agent.call("toString", {})).rejects.toThrow('no task "toString"');
  });

  it("cancels what runs when the caller's signal aborts", async () => {
    const wait = (_: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve("stopped")));
    await using agent = await connect(agentInProcess({ wait }));
    const controller = new AbortController();
    const answer = agent.call("wait", {}, { signal: controller.signal });
    controller.abort();
    expect(await answer).toBe("stopped");
  });

  it("rejects what is under way, and all that follows, when the stream closes", async () => {
    const channel = agentInProcess({ never: () => new Promise(() => {}) });
    const agent = await connect(channel);
    const answer = agent.call("never", {});
    void channel.close();
    await expect(answer).rejects.toMatchObject({ name: "AgentGone" });
    await expect(agent.call("never", {})).rejects.toMatchObject({ name: "AgentGone" });
  });

  it("gives up an agent that talks nonsense", async () => {
    const channel = agentInProcess({ never: () => new Promise(() => {}) });
    const agent = await connect(channel);
    const answer = agent.call("never", {});
    (channel.output as PassThrough).write("Segmentation fault\n");
    await expect(answer).rejects.toThrow("not of the protocol: Segmentation fault");
  });

  it("gives up an agent that falls silent while it owes an answer", async () => {
    const agent = await connect(agentInProcess({ never: () => new Promise(() => {}) }), 100);
    await expect(agent.call("never", {})).rejects.toThrow(/nothing was heard/);
  });

  it("shares the lab's clock on one kernel: the agent's stamps lie between ours", async () => {
    const clock = createSystemClock();
    await using agent = await connectAgent(agentInProcess({ now: (_: unknown, { nowNs }) => nowNs() }), {
      clock,
      signal: forever,
    });
    const before = clock.nowNs();
    const stamp = await agent.call<number>("now", null);
    expect(agent.clock).toEqual({ sameKernel: true });
    expect(stamp).toBeGreaterThanOrEqual(before);
    expect(stamp).toBeLessThanOrEqual(clock.nowNs());
  });

  it("bounds the offset of another kernel's clock", async () => {
    const aheadNs = 5_000_000_000;
    const clock = createSystemClock(process.hrtime.bigint() - BigInt(aheadNs));
    const channel = agentInProcess({ now: (_: unknown, { nowNs }) => nowNs() }, { bootId: "elsewhere" });
    await using agent = await connectAgent(channel, { clock, signal: forever });
    const relation = agent.clock;
    if (relation.sameKernel) throw new Error("the kernels differ");
    const before = clock.nowNs();
    const remoteNs = await agent.call<number>("now", null);
    const after = clock.nowNs();
    expect(relation.offsetLowNs).toBeLessThanOrEqual(remoteNs - before);
    expect(relation.offsetHighNs).toBeGreaterThanOrEqual(remoteNs - after);
    expect(relation.offsetHighNs - relation.offsetLowNs).toBeLessThan(50e6);
  });
});

describe("a clock offset", () => {
  const ping = (offsetNs: number, sentNs: number, outNs: number, backNs: number) => ({
    sentNs,
    remoteNs: sentNs + outNs + offsetNs,
    receivedNs: sentNs + outNs + backNs,
  });

  it("holds the truth and narrows with better pings", () => {
    const offset = createClockOffset();
    offset.addBatch([ping(5000, 0, 900, 100), ping(5000, 10_000, 50, 800), ping(5000, 20_000, 300, 300)]);
    expect(offset.relation()).toEqual({ sameKernel: false, offsetLowNs: 4900, offsetHighNs: 5050 });
  });

  it("covers a drift between two batches", () => {
    const offset = createClockOffset();
    offset.addBatch([ping(5000, 0, 100, 100)]);
    offset.addBatch([ping(7000, 0, 100, 100)]);
    expect(offset.relation()).toEqual({ sameKernel: false, offsetLowNs: 4900, offsetHighNs: 7100 });
  });
});

describe("splitting lines", () => {
  it("joins lines over chunk borders, characters of several bytes included", () => {
    const lines: string[] = [];
    const feed = splitLines((line) => lines.push(line));
    for (const byte of Buffer.from("größe\n\nzwei\nrest")) feed(Uint8Array.of(byte));
    expect(lines).toEqual(["größe", "", "zwei"]);
  });
});
