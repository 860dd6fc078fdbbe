import { classifyBlock } from "../blocks/classify.ts";
import { FIELD, SECTORS, stampWord } from "../blocks/format.ts";
import type { BlockSubject } from "../blocks/subject.ts";
import type { AllowedStretch } from "../journal/state.ts";
import { BLOCK_BYTES, type Damage, SECTOR_BYTES } from "../model.ts";
import type { Bounds, Origin } from "../oracle/bounds.ts";
import { classifyPatternBlock, filledBlock } from "./pattern-block.ts";
import { LOOP_REGION } from "./region.ts";
import type { TakeOver } from "./take-over.ts";

/** What a block turns out to be. in-flight: pieces of several writes, where one may have been cut short. */
export type Judgement = { is: "right" } | { is: "in-flight" } | { is: "damaged"; damage: Damage };

/** Judges the block that begins at byte `at` of a buffer. */
export type BlockJudge = (bytes: Buffer, at: number, block: number) => Judgement;

/** What a judge goes by, beside the stretch. */
export interface JudgeContext {
  subject: BlockSubject;
  /** The journal's epoch now. */
  epoch: number;
  /** The newest generation of the epochs before. */
  inherited: number;
  /** The newest generation of all. */
  announced: number;
  /** What generation 0 is made of, where the original wrote before. */
  before: TakeOver;
}

/** A judge of the blocks of one stretch; `undefined` where nothing can be wrong. */
export function judgeFor(stretch: AllowedStretch, context: JudgeContext): BlockJudge | undefined {
  const bounds = boundsIn(stretch, context);
  const old = bounds.low === 0 ? judgeOfOriginal(context) : undefined;
  if (bounds.high === 0) return old;
  const judgeNew = judgeOfBlocks(stretch, context);
  return old ? eitherOf(judgeNew, old, context) : judgeNew;
}

/** Which generations the blocks of a stretch may hold. `epochFound`: the epoch that the block in hand claims. */
export function boundsIn({ contents }: AllowedStretch, context: JudgeContext, epochFound = () => 0): Bounds {
  const low = contents[0]?.oldest ?? 0;
  const high = contents.at(-1)?.newest ?? 0;
  return {
    low,
    high,
    refused: [],
    zerosRight: low === 0 && context.before.kind === "nothing",
    inFlight: low < high,
    fence: context.epoch,
    origin: (generation) => originOf(generation, context, epochFound()),
  };
}

/** The journal knows which generations are of this epoch. Of those before, any earlier epoch may have written each. */
function originOf(
  generation: number,
  { epoch, inherited, announced }: JudgeContext,
  epochFound: number,
): Origin | undefined {
  if (generation > announced) return undefined;
  if (generation > inherited) return { epoch, sequence: generation };
  return { epoch: Math.min(epochFound, epoch - 1), sequence: generation };
}

function judgeOfBlocks(stretch: AllowedStretch, context: JudgeContext): BlockJudge {
  let epochFound = 0;
  const bounds = boundsIn(stretch, context, () => epochFound);
  return (bytes, at, block) => {
    epochFound = bytes.readUInt32LE(at + FIELD.epoch);
    const answer = classifyBlock(bytes, at, context.subject, { region: LOOP_REGION, block }, bounds);
    if (answer.is === "damaged") return { is: "damaged", damage: answer.damage };
    return { is: answer.is === "right" ? "right" : "in-flight" };
  };
}

/** What the original promised of its file; `undefined` when that is nothing. */
function judgeOfOriginal({ before }: JudgeContext): BlockJudge | undefined {
  if (before.kind === "nothing") return undefined;
  if (before.kind === "unpromised") return () => ({ is: "right" });
  const allowed = before.patterns.map(({ bytes }) => filledBlock(bytes));
  return (bytes, at, block) => {
    const kind = classifyPatternBlock(bytes.subarray(at, at + BLOCK_BYTES), allowed);
    if (kind === "right") return { is: "right" };
    return { is: "damaged", damage: { kind, region: LOOP_REGION, block, blocks: 1, allowed: { low: 0, high: 0 } } };
  };
}

/** The first write over the original's data may have been cut short anywhere. */
function eitherOf(judgeNew: BlockJudge, judgeOld: BlockJudge, { subject }: JudgeContext): BlockJudge {
  return (bytes, at, block) => {
    const asNew = judgeNew(bytes, at, block);
    if (asNew.is !== "damaged") return asNew;
    const asOld = judgeOld(bytes, at, block);
    if (asOld.is !== "damaged") return asOld;
    return hasOurStamp(bytes, at, block, subject) ? { is: "in-flight" } : asNew;
  };
}

function hasOurStamp(bytes: Buffer, at: number, block: number, subject: BlockSubject): boolean {
  if (bytes.subarray(at + FIELD.runTag, at + FIELD.runTag + 8).toString("hex") === subject.runTag) return true;
  for (let sector = 1; sector < SECTORS; sector++)
    if (bytes.readUInt32LE(at + sector * SECTOR_BYTES + 4) === stampWord(subject, block, sector)) return true;
  return false;
}
