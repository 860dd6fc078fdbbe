import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom, type Random } from "../../../src/core/random.ts";
import { requires } from "../../requires.ts";
import { buildWhereStale, type Ended } from "../binary.ts";
import { type Blow, BLOWS } from "./blows.ts";
import { type DisposableEngine, startEngine } from "./disposable-engine.ts";
import { completeness, reportIn, type Scene, startScene } from "./scene.ts";

/** How many blows, dealt in turn from all kinds; more than one round for a measured run. */
const COUNT = Number(process.env["SEATRIAL_BLOWS"] ?? BLOWS.length);
const SEED = process.env["SEATRIAL_BLOWS_SEED"] ?? "violence";

/** A run that was hit ends by itself within this long: its clean-up has a budget of 30 s. */
const END_LIMIT_MS = 45_000;

const CODES: Readonly<Record<string, number>> = { pass: 0, fail: 1, errored: 3, inconclusive: 4 };

requires(
  "embedded",
  "docker",
  "root",
)("whatever happens to a run", () => {
  const told: string[] = [];
  const spansMs = new Map<Blow["on"], number>();
  let engine: DisposableEngine;

  beforeAll(async () => {
    buildWhereStale();
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine.stop();
    console.log(["| blow | after | hit | exit | verdict | swept |", "|---|---|---|---|---|---|", ...told].join("\n"));
  });

  const sceneOf = ({ on }: Pick<Blow, "on">) => startScene(on === "docker" ? engine : undefined);

  test.each(["embedded", "docker"] as const)("nothing happens to it: it passes, %s", async (on) => {
    const beganMs = performance.now();
    const scene = sceneOf({ on });
    const { exit, stderr } = await scene.run.ended;
    spansMs.set(on, performance.now() - beganMs);
    expect([exit, await scene.remains()], stderr).toEqual([0, []]);
    const { planned, known } = completeness(scene.folder() ?? "");
    expect(known).toBeGreaterThanOrEqual(planned);
  });

  const dealt = Array.from({ length: COUNT }, (_, index) => ({ index, ...(BLOWS[index % BLOWS.length] as Blow) }));

  test.each(dealt)("$index: $what, $on", async (blow) => {
    const random = createRandom(`${SEED} ${blow.index}`);
    const afterMs = random.below(Math.ceil(spansMs.get(blow.on) ?? 5000));
    const scene = sceneOf(blow);
    const { hit, ended } = await deal(blow, scene, afterMs, random);
    const verdict = await judgedAgain(scene, ended);
    const swept = await scene.command("sweep", "--json");
    const { removed } = JSON.parse(swept.stdout) as { removed: string[] };
    told.push(
      `| ${blow.what}, ${blow.on} | ${afterMs} ms | ${hit || "nothing"} | ${ended.exit} | ${verdict ?? "no run"} | ${removed.length} |`,
    );
    const said = `${ended.stderr}\n${swept.stderr}`;
    expect(swept.exit, said).toBe(0);
    // What an engine ends for itself after it was killed, it ends in its own time.
    await expect
      .poll(() => scene.remains(), { message: said, timeout: blow.what.includes("engine") ? 10_000 : 0 })
      .toEqual([]);
  });
});

async function deal(blow: Blow, scene: Scene, afterMs: number, random: Random): Promise<{ hit: string; ended: Ended }> {
  await Promise.race([wait(afterMs), scene.run.ended]);
  const hit = await blow.strike(scene, random);
  const limit = AbortSignal.timeout(END_LIMIT_MS);
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener("abort", () => reject(new Error(`hit ${hit}, the run does not end`)));
  });
  const ended = await Promise.race([scene.run.ended, late]);
  if (blow.what === "SIGKILL to the engine") await scene.engine?.restart();
  return { hit, ended };
}

/** Holds the exit code, the stored report and a second judging together; answers with the verdict. */
async function judgedAgain(scene: Scene, ended: Ended): Promise<string | undefined> {
  const folder = scene.folder();
  if (folder === undefined) {
    expect(ended.exit).not.toBe(0);
    return undefined;
  }
  const stored = reportIn(folder);
  const again = await scene.command("recheck", folder);
  const judged = reportIn(folder);
  const verdict = judged?.verdict ?? "none";
  expect(CODES[verdict], again.stderr).toBe(again.exit);
  if (stored) expect(again.stderr).toContain("agrees, byte for byte");
  const rendered = await Promise.all(
    ["html", "junit"].map((format) => scene.command("report", folder, "--format", format)),
  );
  expect(rendered.map(({ exit }) => exit)).toEqual([0, 0]);
  const { planned, known } = completeness(folder);
  if (verdict === "pass" || ended.exit === 0)
    expect([ended.exit, verdict, judged?.ended, known >= planned]).toEqual([0, "pass", "completed", true]);
  // A native mount is without fault: what broke was the lab.
  expect(verdict, JSON.stringify(judged?.trials[0]?.findings)).not.toBe("fail");
  return verdict;
}
