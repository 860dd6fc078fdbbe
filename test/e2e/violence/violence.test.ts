import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom, type Random } from "../../../src/core/random.ts";
import type { Report } from "../../../src/core/report.ts";
import { requires } from "../../requires.ts";
import { type Ended } from "../binary.ts";
import { type Blow, BLOWS } from "./blows.ts";
import { type DisposableEngine, startEngine } from "./disposable-engine.ts";
import { completeness, reportIn, type Scene, startScene } from "./scene.ts";

/** How many blows, dealt in turn from all kinds; more than one round for a measured run. */
const COUNT = Number(process.env["SEATRIAL_BLOWS"] ?? BLOWS.length);
const SEED = process.env["SEATRIAL_BLOWS_SEED"] ?? "violence";

/** A run that was hit ends by itself within this long: its clean-up has a budget of 30 s. */
const END_LIMIT_MS = 45_000;
/** A container that has no storage to come back to is waited for. */
const NO_STORAGE_LIMIT_MS = 90_000;

const CODES: Readonly<Record<string, number>> = { pass: 0, fail: 1, errored: 3, inconclusive: 4 };

requires(
  "embedded",
  "docker",
  "root",
  "disk",
)("whatever happens to a run", () => {
  const rows: string[] = [];
  const spansMs = new Map<string, number>();
  let engine: DisposableEngine | undefined;

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => {
    await engine?.stop();
    console.log(["| blow | after | hit | exit | verdict | swept |", "|---|---|---|---|---|---|", ...rows].join("\n"));
  });

  const sceneOf = ({ on, to }: Pick<Blow, "on" | "to">) => startScene(to, on === "docker" ? engine : undefined);

  test.each<Pick<Blow, "on" | "to">>([
    { on: "embedded", to: "mount" },
    { on: "docker", to: "mount" },
    { on: "embedded", to: "disk" },
    { on: "docker", to: "disk" },
  ])("nothing happens to it: it passes, $to on $on", async ({ on, to }) => {
    const beganMs = performance.now();
    const scene = sceneOf({ on, to });
    const { exit, stderr } = await scene.run.ended;
    spansMs.set(`${to} ${on}`, performance.now() - beganMs);
    expect(exit, stderr).toBe(0);
    await expect.poll(() => scene.remains(), { message: stderr }).toEqual([]);
    const { planned, known } = completeness(scene.folder() ?? "");
    expect(known).toBeGreaterThanOrEqual(planned);
  });

  const dealt = Array.from({ length: COUNT }, (_, index) => ({
    index: index + 1,
    ...(BLOWS[index % BLOWS.length] as Blow),
  }));

  test.each(dealt)(
    "$what, $to on $on ($index)",
    async (blow) => {
      const random = createRandom(`${SEED} ${blow.index}`);
      const afterMs = random.below(Math.ceil(spansMs.get(`${blow.to} ${blow.on}`) ?? 5000));
      const scene = sceneOf(blow);
      const { hit, ended } = await deal(blow, scene, afterMs, random);
      const { verdict, contradictions } = await judgedAgain(scene, ended, blow);
      const swept = await scene.command("sweep", "--json");
      const { removed } = JSON.parse(swept.stdout) as { removed: string[] };
      rows.push(
        `| ${blow.what}, ${blow.to} on ${blow.on} | ${afterMs} ms | ${hit || "nothing"} | ${ended.exit} | ${verdict} | ${removed.length} |`,
      );
      const said = `${ended.stderr}\n${swept.stderr}`;
      expect([contradictions, swept.exit], said).toEqual([[], 0]);
      // What a killed engine had begun it ends in its own time once it runs again, and the kernel what was killed.
      await expect.poll(() => scene.remains(), { message: said }).toEqual([]);
    },
    180_000,
  );
});

async function deal(blow: Blow, scene: Scene, afterMs: number, random: Random): Promise<{ hit: string; ended: Ended }> {
  await Promise.race([wait(afterMs), scene.run.ended]);
  const hit = await blow.strike(scene, random);
  const limit = AbortSignal.timeout(blow.takesStorage ? NO_STORAGE_LIMIT_MS : END_LIMIT_MS);
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener("abort", () => reject(new Error(`hit ${hit}, the run does not end`)));
  });
  const ended = await Promise.race([scene.run.ended, late]);
  if (blow.what === "SIGKILL to the engine") await scene.engine?.restart();
  return { hit, ended };
}

/** What a run says of itself, and where that does not hold together. */
interface Judgement {
  verdict: string;
  contradictions: string[];
}

/** Holds the exit code, the stored report, a second judging and the bare record against each other. */
async function judgedAgain(scene: Scene, ended: Ended, { takesStorage }: Blow): Promise<Judgement> {
  const folder = scene.folder();
  if (folder === undefined)
    return { verdict: "no run", contradictions: told({ "passed without a run": ended.exit === 0 }) };
  const stored = reportIn(folder);
  const again = await scene.command("recheck", folder);
  const [html, junit] = await Promise.all(
    ["html", "junit"].map((format) => scene.command("report", folder, "--format", format)),
  );
  const judged = reportIn(folder);
  const verdict = judged?.verdict ?? "none";
  const passed = verdict === "pass" || ended.exit === 0;
  const { planned, known } = completeness(folder);
  const contradictions = told({
    [`recheck of ${verdict} ended with ${again.exit}: ${again.stderr}`]: CODES[verdict] !== again.exit,
    "a second judging does not agree": stored !== undefined && !again.stderr.includes("agrees, byte for byte"),
    "no report can be made": html?.exit !== 0 || junit?.exit !== 0,
    [`a ${verdict} that ended with 0`]: ended.exit === 0 && verdict !== "pass",
    // A command that is ended after its report was stored says nothing against it; what it says of itself must agree.
    [`a pass that ended with ${ended.exit}`]:
      verdict === "pass" && Object.values(CODES).some((code) => code !== 0 && code === ended.exit),
    [`a pass of a run that ended ${judged?.ended}`]: passed && judged?.ended !== "completed",
    [`a pass with ${known} of ${planned} operations`]: passed && known < planned,
    // A native mount is without fault: what broke was the lab.
    [`a fail of what has no fault: ${failuresIn(judged)}`]:
      verdict === "fail" && !(takesStorage && isOnlyUnreadable(judged)),
  });
  return { verdict, contradictions };
}

const UNREADABLE = ["integrity.readable", "integrity.stable-reads", "integrity.calls"];

function isOnlyUnreadable(report: Report | undefined): boolean {
  const failed = report?.trials.flatMap((trial) => trial.findings).filter(({ verdict }) => verdict === "fail") ?? [];
  return failed.every(({ claim }) => UNREADABLE.includes(claim));
}

function failuresIn(report: Report | undefined): string {
  const findings = report?.trials.flatMap((trial) => trial.findings) ?? [];
  return JSON.stringify(findings.filter(({ verdict }) => verdict === "fail"));
}

/** The texts that hold. */
function told(texts: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(texts).filter((text) => texts[text]);
}
