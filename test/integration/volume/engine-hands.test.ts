import fs from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EngineHands, EngineProcess, Subject } from "../../../src/trials/volume/subject.ts";
import { trySubject } from "../../fixtures/volume-lab.ts";
import { requires } from "../../requires.ts";

requires("engine", "embedded")("an engine of the suite's own", () => {
  let subject: Subject;
  let engine: EngineHands;

  beforeAll(async () => {
    subject = await trySubject({ hasEngine: true });
    if (!subject.engine) throw new Error("there is no engine");
    engine = subject.engine;
  });
  afterAll(async () => {
    await subject[Symbol.asyncDispose]();
    expect(fs.readdirSync("/sys/fs/cgroup").filter((name) => name.startsWith("seatrial-engine-"))).toEqual([]);
  });

  test("starts when it is first needed, and knows the driver", async () => {
    await engine.createVolume({ name: "one", options: { mode: "0750" }, labels: { colour: "red" } });
    expect(await engine.volume("one")).toMatchObject({
      name: "one",
      driver: engine.driver,
      scope: "local",
      options: { mode: "0750" },
      labels: { colour: "red" },
    });
    expect(await engine.volumes()).toContain("one");
  });

  test("runs containers on a volume and copies in and out", async () => {
    const container = await engine.container({
      script: "cat /v/in; echo hello >/v/out; sleep 100",
      mounts: [{ volume: "one", target: "/v" }],
    });
    await container.copyIn("/v", "in", "copied");
    await container.start();
    expect(await container.run("cat /v/in; exit 3")).toEqual({ status: 3, output: "copied" });
    expect(await container.copyOut("/v/out")).toBe("hello\n");
    expect(await container.isRunning()).toBe(true);
    await container.stop();
    expect(await container.ended()).toBe(137);
    expect(await container.output()).toBe("copied");
    await container.remove();
    await container.remove();
  });

  test("is killed and started again", async () => {
    const { kill, start } = bound(engine.process);
    await kill();
    await start();
    expect(await engine.volumes()).toContain("one");
    await engine.removeVolume("one");
    expect(await engine.volume("one")).toBeUndefined();
  });
});

function bound(process: EngineProcess | undefined): Pick<EngineProcess, "kill" | "start"> {
  if (!process) throw new Error("the engine is no process of the suite");
  return { kill: () => process.kill(), start: (settings) => process.start(settings) };
}
