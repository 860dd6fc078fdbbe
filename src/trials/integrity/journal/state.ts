import type { DurableStretch, Extent, Geometry, JournalRecord, JournalState, OpenIntent } from "./records.ts";

/** More than a stretch takes in a checkpoint, without its payload. */
const STRETCH_BYTES = 128;

/** A record that cannot follow on the state before it: a defect of the caller, or damage when it was read. */
export class OutOfOrder extends Error {
  override readonly name = "OutOfOrder";
}

/** Before the first frame: nothing was ever written. */
export function initialState({ sizeBytes }: Geometry): JournalState {
  const durable = [{ from: 0, to: sizeBytes, generation: 0, payload: "" }];
  return { epoch: 0, generation: 0, durable, open: [], mustVerify: false, closed: true };
}

/** Folds one record onto a state. @throws OutOfOrder when the one cannot follow on the other */
export function apply(state: JournalState, record: JournalRecord): JournalState {
  if (record.type === "open") return opened(state, record.epoch);
  if (state.closed) throw new OutOfOrder(`${record.type} in a journal that is closed`);
  switch (record.type) {
    case "intent":
      return intended(state, record);
    case "synced":
      return settled(state, record.generation);
    case "error":
      return failed(state, record);
    case "verified":
      return verified(state, record);
    case "close":
      return { ...state, closed: true };
  }
}

type RecordOf<Type> = Extract<JournalRecord, { type: Type }>;

function opened(state: JournalState, epoch: number): JournalState {
  if (epoch !== state.epoch + 1) throw new OutOfOrder(`epoch ${epoch} after ${state.epoch}`);
  // The sync of a writer that died may have failed, and the kernel tells each failure only once.
  const open = doomed(state.open);
  return { ...state, epoch, open, mustVerify: state.generation > 0, closed: false };
}

function intended(state: JournalState, { generation, extents, payload }: RecordOf<"intent">): JournalState {
  if (generation !== state.generation + 1) throw new OutOfOrder(`generation ${generation} after ${state.generation}`);
  if (state.mustVerify) throw new OutOfOrder("a write before what is there was verified");
  const end = state.durable.at(-1)?.to ?? 0;
  if (extents.some(([, to]) => to > end)) throw new OutOfOrder("a stretch beyond the end of the data");
  return {
    ...state,
    generation,
    open: [...state.open, { generation, since: generation, payload, extents, doomed: false }],
  };
}

function settled(state: JournalState, generation: number): JournalState {
  const isSettled = (one: OpenIntent) => one.generation <= generation && !one.doomed;
  const newest = state.open.findLast(isSettled);
  if (newest?.generation !== generation)
    throw new OutOfOrder(`generation ${generation} has no write that could be synced`);
  const durable = state.open
    .filter(isSettled)
    .reduce((stretches, one) => one.extents.reduce((sum, at) => overlay(sum, at, one), stretches), state.durable);
  const open = state.open.filter((one) => !isSettled(one) && mattersOver(durable, one));
  return { ...state, durable, open };
}

function failed(state: JournalState, { call, systemCode }: RecordOf<"error">): JournalState {
  return { ...state, open: doomed(state.open), error: { call, systemCode, epoch: state.epoch } };
}

/** One that is tried over and over without success stays one, so that a state cannot grow with the number of crashes. */
function doomed(open: readonly OpenIntent[]): OpenIntent[] {
  const kept = new Map<string, OpenIntent>();
  for (const one of open) {
    const key = `${one.extents.join()} ${one.payload}`;
    const since = kept.get(key)?.since ?? one.since;
    kept.delete(key);
    kept.set(key, { ...one, since, doomed: true });
  }
  return [...kept.values()];
}

function verified(
  state: JournalState,
  { generation, result, blocks, damagedBlocks }: RecordOf<"verified">,
): JournalState {
  if (generation !== state.generation) throw new OutOfOrder(`verified ${generation}, not the newest`);
  const seen = { generation, result, blocks, damagedBlocks, epoch: state.epoch };
  return { ...state, mustVerify: false, verified: seen };
}

/** Puts a newer generation over a stretch and joins neighbours that hold the same. */
function overlay(
  stretches: DurableStretch[],
  [from, to]: Extent,
  { generation, payload }: OpenIntent,
): DurableStretch[] {
  const before = stretches.filter((s) => s.from < from).map((s) => ({ ...s, to: Math.min(s.to, from) }));
  const after = stretches.filter((s) => s.to > to).map((s) => ({ ...s, from: Math.max(s.from, to) }));
  const joined: DurableStretch[] = [];
  for (const stretch of [...before, { from, to, generation, payload }, ...after]) {
    const last = joined.at(-1);
    if (last?.generation === stretch.generation) last.to = stretch.to;
    else joined.push({ ...stretch });
  }
  return joined;
}

/** False once all of it has been overwritten by something newer that is durable. */
function mattersOver(durable: readonly DurableStretch[], { generation, extents }: OpenIntent): boolean {
  return durable.some((s) => s.generation < generation && extents.some((at) => overlaps(s, at)));
}

function overlaps({ from, to }: { from: number; to: number }, extent: Extent): boolean {
  return from < extent[1] && extent[0] < to;
}

/** At most so many bytes does a state take in a checkpoint, now and whatever becomes of the writes that are open. */
export function mostBytesOf({ durable, open }: JournalState): number {
  // A stretch that is settled can cut another in two.
  const stretches = durable.length + open.reduce((sum, { extents }) => sum + 1 + 2 * extents.length, 0);
  const longest = Math.max(...[...durable, ...open].map(({ payload }) => payload.length));
  return stretches * (STRETCH_BYTES + longest);
}

/** What a sector may hold. */
export interface AllowedContent {
  /** Any generation from `oldest` to `newest`; mostly they are the same. */
  oldest: number;
  newest: number;
  /** What the writer said of its content. */
  payload: string;
}

/** A stretch of the data file and what each of its sectors may hold. */
export interface AllowedStretch {
  from: number;
  to: number;
  /** First what is durable, then all that was announced later, in order. Never empty. */
  contents: AllowedContent[];
}

/** What the data file may hold by all that the journal knows, without a gap, in order. */
export function allowedStretches({ durable, open }: JournalState): AllowedStretch[] {
  const cuts = open.flatMap(({ extents }) => extents.flat());
  return durable.flatMap((stretch) => {
    const inside = cuts.filter((cut) => cut > stretch.from && cut < stretch.to);
    const edges = [...new Set([stretch.from, ...inside, stretch.to])].sort((a, b) => a - b);
    return edges.slice(1).map((to, i) => allowedIn({ from: edges[i] as number, to }, stretch, open));
  });
}

/** `place` is so small that each of `open` covers all of it or nothing. */
function allowedIn(
  place: { from: number; to: number },
  { generation, payload }: DurableStretch,
  open: readonly OpenIntent[],
): AllowedStretch {
  const newer = open
    .filter((one) => one.generation > generation && one.extents.some((at) => overlaps(place, at)))
    .map((one) => ({ oldest: Math.max(one.since, generation + 1), newest: one.generation, payload: one.payload }));
  return { ...place, contents: [{ oldest: generation, newest: generation, payload }, ...newer] };
}
