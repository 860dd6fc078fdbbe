import type { Clock } from "../../core/clock.ts";
import type { LabNews } from "../../engine/reporter.ts";
import { amount, finalLine } from "./news-text.ts";
import type { Progress } from "./progress.ts";

/** Between two lines that only say how far it is. */
const INTERVAL_NS = 5e9;

/** One whole line an event with the time of day in UTC: for pipes, files and CI. */
export function createPlainProgress(stream: NodeJS.WritableStream, clock: Clock): Progress {
  let toldNs = Number.NEGATIVE_INFINITY;
  const say = (line: string) => void stream.write(`${clock.wallTime().toISOString().slice(11, 19)} ${line}\n`);
  const hear = (news: LabNews) => {
    const line = finalLine(news) ?? passingLine(news);
    if (line === undefined) return;
    if (news.kind === "progress") {
      if (clock.nowNs() - toldNs < INTERVAL_NS) return;
      toldNs = clock.nowNs();
    }
    say(line);
  };
  return { hear, say, close: () => {} };
}

function passingLine(news: LabNews): string | undefined {
  if (news.kind === "step") return `${news.trial ?? "lab"}: ${news.step}`;
  if (news.kind === "progress") return `${news.trial}: ${amount(news.done, news.total)}, ${news.detail}`;
  return undefined;
}
