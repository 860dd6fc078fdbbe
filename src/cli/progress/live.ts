import { createLogUpdate } from "log-update";
import picocolors from "picocolors";
import type { Clock } from "../../core/clock.ts";
import { formatQuantity } from "../../core/quantity.ts";
import type { LabNews } from "../../engine/reporter.ts";
import type { Output } from "../surroundings.ts";
import { amount, finalLine } from "./news-text.ts";
import type { Progress } from "./progress.ts";

const BAR_COLUMNS = 24;

/** The trial that runs, as the block at the bottom shows it. */
interface Scene {
  title: string;
  beganNs: number;
  plannedMs: number;
  /** What takes a while just now, where no count is known. */
  step: string;
  done: number;
  total: number;
  detail: string;
}

/** A live block at the bottom of a terminal; whatever is final scrolls away above it. */
export function createLiveProgress({ stream }: Output, clock: Clock, colour: boolean): Progress {
  const draw = createLogUpdate(stream, { showCursor: true });
  const colours = picocolors.createColors(colour);
  let scene: Scene | undefined;
  const redraw = () => {
    if (scene) draw(blockOf(scene, clock.nowNs(), colours));
  };
  const say = (line: string) => {
    draw.persist(line);
    redraw();
  };
  const hear = (news: LabNews) => {
    const line = finalLine(news);
    if (line !== undefined) say(colours.dim(line));
    const next = sceneAfter(news, scene, clock.nowNs());
    if (next === scene) return;
    scene = next;
    if (scene) redraw();
    else draw.clear();
  };
  return { hear, say, close: () => draw.clear() };
}

function sceneAfter(news: LabNews, scene: Scene | undefined, nowNs: number): Scene | undefined {
  switch (news.kind) {
    case "trial-began": {
      const { title, estimate } = news;
      return {
        title,
        beganNs: nowNs,
        plannedMs: estimate.durationMs,
        step: "setting up",
        done: 0,
        total: 0,
        detail: "",
      };
    }
    case "step":
      return scene && { ...scene, step: news.step };
    case "progress":
      return scene && { ...scene, step: "", done: news.done, total: news.total, detail: news.detail };
    case "trial-ended":
      return scene && { ...scene, step: "judging" };
    case "trial-judged":
    case "run-ended":
      return undefined;
    default:
      return scene;
  }
}

function blockOf(scene: Scene, nowNs: number, { bold, dim, cyan }: ReturnType<typeof picocolors.createColors>): string {
  const { title, beganNs, plannedMs, step, done, total, detail } = scene;
  const elapsed = `${Math.round((nowNs - beganNs) / 1e9)} s of about ${formatQuantity(Math.round(plannedMs / 1000), "s")}`;
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  const filled = Math.round(share * BAR_COLUMNS);
  const bar = cyan("█".repeat(filled)) + dim("░".repeat(BAR_COLUMNS - filled));
  const state = step === "" ? `${Math.floor(share * 100)} %  ${amount(done, total)}  ${dim(detail)}` : step;
  return `${bold(title)}  ${dim(elapsed)}\n${bar}  ${state}`;
}
