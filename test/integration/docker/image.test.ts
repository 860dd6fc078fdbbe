import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectEngine, type Engine } from "../../../src/runtimes/docker/connect.ts";
import { followSteps } from "../../../src/runtimes/docker/progress-stream.ts";
import { requires } from "../../requires.ts";
import { agentIn, box, forever, freshOwner, leftoversOf, openWith, runtimeOn } from "./engine.ts";

const BASE = "seatrial-test-base:1";

requires("docker")("the agent's image", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await connectEngine(process.env, forever);
    const base = pack();
    base.entry({ name: "marker" }, "from the base");
    base.finalize();
    const changes = ["USER 12345", "ENV NODE_OPTIONS=--bad-option", 'ENTRYPOINT ["/nothing"]', "VOLUME /volume"];
    await followSteps(await engine.client.importImage(base, { repo: BASE, changes }), () => {});
  });
  afterAll(async () => {
    await runtimeOn().removeCache(forever);
    await engine.client.getImage(BASE).remove({ force: true });
  });

  it("is made once, from nothing but this machine's files, and then found", async () => {
    const runtime = runtimeOn();
    const owner = freshOwner();
    await runtime.removeCache(forever);
    const told: string[] = [];
    const open = () => openWith(runtime, owner, [box("a")], told);
    for (const environment of await Promise.all([open(), open()])) await environment[Symbol.asyncDispose]();
    expect(told).toEqual(["making the agent's image"]);
    await (await open())[Symbol.asyncDispose]();
    expect(told).toHaveLength(1);
    expect(await runtime.removeCache(forever)).toEqual([
      expect.stringMatching(/^image .*seatrial-agent:[0-9a-f]{24}$/),
    ]);
    expect(await runtime.removeCache(forever)).toEqual([]);
  });

  it("is laid over a user's base, whose own start-up settings do not matter", async () => {
    const owner = freshOwner();
    const runtime = runtimeOn();
    const volumes = async () => (await engine.client.listVolumes()).Volumes;
    const volumesBefore = await volumes();
    for (const steps of [["adding the agent to seatrial-test-base:1"], []]) {
      const told: string[] = [];
      await using environment = await openWith(runtime, owner, [box("a", [], BASE)], told);
      await using agent = await agentIn(environment, "a");
      expect(await agent.call("files.read", { path: "/marker" })).toBe("from the base");
      expect(agent.facts).toMatchObject({ uid: 0, nativeMissing: "" });
      expect(told).toEqual(steps);
    }
    expect(await leftoversOf(owner)).toEqual([]);
    expect(await volumes()).toEqual(volumesBefore);
  });

  it("carries foreign functions", async () => {
    await using environment = await openWith(runtimeOn(), freshOwner(), [box("a")]);
    await using agent = await agentIn(environment, "a");
    expect(agent.facts.nativeMissing).toBe("");
    expect(environment.container("a").facts["image"]).toMatch(/^seatrial-agent:/);
  });

  it("of a base that can neither be found nor pulled is an error with the engine's reason", async () => {
    const told: string[] = [];
    const opening = openWith(runtimeOn(), freshOwner(), [box("a", [], "127.0.0.1:1/nowhere")], told);
    await expect(opening).rejects.toMatchObject({
      code: "IMAGE_UNAVAILABLE",
      message: expect.stringContaining("127.0.0.1:1"),
    });
    expect(told).toEqual(["pulling 127.0.0.1:1/nowhere"]);
  });
});
