import { describe, expect, onTestFinished, test } from "vitest";
import { WorkerProcess } from "./worker-process.ts";

const forever = new AbortController().signal;

/** A worker that answers as told: its own process id, an error, nothing, or by ending. */
const WORKER = `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, name } = JSON.parse(line);
    const answers = { differ: { error: { code: "VOLUME_DIFFERS", message: "it differs" } }, odd: { error: { message: "odd" } } };
    if (name === "end") process.exit(1);
    if (name === "hang") return;
    console.log(JSON.stringify({ id, value: process.pid, ...answers[name] }));
  });`;

function worker(): WorkerProcess {
  const child = new WorkerProcess([process.execPath, "-e", WORKER], { PATH: "/usr/bin:/bin" });
  onTestFinished(() => child.close());
  return child;
}

describe("a worker", () => {
  const ask = (child: WorkerProcess, name = "v", limitMs = 10_000, signal = forever) =>
    child.call({ call: "remove", name }, limitMs, signal);

  test("answers, also with errors of its own", async () => {
    const one = worker();
    const answers = await Promise.all([ask(one), ask(one)]);
    expect(answers[0]).toBe(answers[1]);
    await expect(ask(one, "differ")).rejects.toMatchObject({ code: "VOLUME_DIFFERS", message: "it differs" });
    await expect(ask(one, "odd")).rejects.toThrow("odd");
  });

  test("that ends is an outage for those who wait, and begun anew", async () => {
    const one = worker();
    const before = await ask(one);
    await expect(ask(one, "end")).rejects.toMatchObject({ code: "BACK_END_AWAY" });
    expect(await ask(one)).not.toBe(before);
  });

  test("that hangs is given up, with all who wait for it", async () => {
    const one = worker();
    await ask(one);
    const hanging = [ask(one, "hang", 30), ask(one, "hang")];
    for (const call of hanging) await expect(call).rejects.toMatchObject({ code: "BACK_END_AWAY" });
    await expect
      .poll(
        () =>
          ask(one).then(
            () => "answered",
            () => "away",
          ),
        { interval: 5 },
      )
      .toBe("answered");
  });

  test("is given up when nobody wants its answer any more", async () => {
    const one = worker();
    const gone = new AbortController();
    const hanging = ask(one, "hang", 10_000, gone.signal);
    gone.abort(new Error("gone"));
    await expect(hanging).rejects.toMatchObject({ code: "BACK_END_AWAY" });
    await expect(ask(one, "v", 10_000, gone.signal)).rejects.toThrow("gone");
  });
});
