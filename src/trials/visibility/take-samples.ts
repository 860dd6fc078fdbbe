import { createAbandonment } from "./abandonment.ts";
import { attempt } from "./attempt.ts";
import type { Cell, SampleOp } from "./model.ts";
import { NOTES } from "./notes.ts";
import { environmentName } from "./plan.ts";
import { isTooLate, sampleName } from "./reading.ts";
import type { Rig, VisibilityContext } from "./rig.ts";
import { takeSample } from "./take-sample.ts";
import { SYNC_EVERY_MS } from "./timing.ts";

/** Random pauses before each change: they add up past any tick, and are short enough for hundreds of samples a second. */
const GAP_NS = { least: 20_000, most: 250_000 };

/** How often a waiting person is told, in operations. */
const PROGRESS_EVERY = 50;

/** A sample whose writer came too late says nothing and is taken again, so often at most. */
const TRIES = 3;

/** Events of a share are relayed, if at all, some milliseconds after the change, and those of one name in that time may be joined. */
const RELAY_MS = 25;

/** Rounds over all cells, each in an order of its own, until every cell has its samples or the time is up. */
export async function takeSamples(context: VisibilityContext, rig: Rig): Promise<void> {
  const { cells, rounds } = context.plan.steps;
  const order = context.random.fork("order");
  const abandonment = createAbandonment();
  const sampler = createSampler(context, rig);
  const deadlineNs = context.clock.nowNs() + context.options.maxDurationMs * 1e6;
  let syncDueNs = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [index, cell] of order.fork(`round ${round}`).shuffled(cells).entries()) {
      if (abandonment.has(cell)) continue;
      if (context.clock.nowNs() > deadlineNs) {
        context.recorder.note(NOTES.truncated, { rounds, roundsTaken: round, samples: sampler.count() });
        return;
      }
      if (context.clock.nowNs() > syncDueNs) {
        await rig.syncClocks();
        syncDueNs = context.clock.nowNs() + SYNC_EVERY_MS * 1e6;
      }
      const completed = await sampler.take(cell);
      const reason = abandonment.consider(cell, completed);
      if (reason) context.recorder.note(NOTES.abandoned, { cell, reason });
      if (index % PROGRESS_EVERY === 0) {
        context.progress(round * cells.length + index, rounds * cells.length, `${sampler.count()} samples`);
      }
    }
  }
}

function createSampler(context: VisibilityContext, rig: Rig) {
  const gaps = context.random.fork("gaps");
  const places = context.random.fork("places");
  let number = 0;
  const once = async (cell: Cell) => {
    const environment = places.pick(rig.environmentsOf(cell.direction));
    const op: SampleOp = { type: "sample", cell, environment: environmentName(environment), number };
    const request = {
      pair: rig.pair(cell.direction, environment),
      op,
      name: sampleName(number),
      gapNs: GAP_NS.least + gaps.below(GAP_NS.most - GAP_NS.least),
      relayMs: cell.observer === "inotify" && !rig.sharesSuperBlock(cell.direction) ? RELAY_MS : 0,
    };
    number++;
    return attempt(context, op, (signal) => takeSample(request, context.options, context.clock, signal));
  };
  return {
    count: () => number,
    take: async (cell: Cell) => {
      for (let tries = 1; ; tries++) {
        const completed = await once(cell);
        const late = completed.op.type === "sample" && isTooLate(completed.op);
        if (!late || tries === TRIES) return completed;
      }
    },
  };
}
