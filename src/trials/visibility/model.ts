// The words of the visibility trial, shared by its plan, the tasks in the agents, and the judges.

/** What one side does to the mount. */
export const OPERATIONS = [
  "create",
  "write-new",
  "mkdir",
  "symlink",
  "hard-link",
  "overwrite-same",
  "overwrite-longer",
  "overwrite-shorter",
  "append",
  "append-held",
  "truncate",
  "rename",
  "rename-over",
  "rename-directory",
  "unlink",
  "recreate",
  "rmdir",
  "chmod",
  "set-mtime",
  "xattr",
  "mmap-store",
] as const;
export type OperationId = (typeof OPERATIONS)[number];

/** Who writes and who looks. The two floors are the same procedure on a memory file system of one side. */
export const DIRECTIONS = ["host-to-container", "container-to-host", "container-to-container"] as const;
export const FLOORS = ["floor-in-container", "floor-on-host"] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type Floor = (typeof FLOORS)[number];

/** What the reader did before the change: what it has seen is what a cache can hold. */
export const READER_STATES = ["never", "looked", "polling", "held", "mapped", "watching"] as const;
export type ReaderState = (typeof READER_STATES)[number];

/**
 * How the reader looks. `stat`: metadata by path (by descriptor when held; the attribute's value for xattr). `read`: open, read,
 * close (pread when held). `readdir`: the parent's listing. `agreement`: stat and readdir together. `mmap`: a load from a mapping.
 */
export const OBSERVERS = ["stat", "read", "readdir", "agreement", "mmap", "inotify"] as const;
export type Observer = (typeof OBSERVERS)[number];

/** One kind of sample: what is changed, between whom, after what, and how it is looked at. */
export interface Cell {
  operation: OperationId;
  direction: Direction | Floor;
  state: ReaderState;
  observer: Observer;
}

/** Whole procedures that are more than one change and one look. */
export const SCENARIOS = [
  "ladder",
  "reads-under-replace",
  "reads-under-append",
  "flock-exclusion",
  "create-exclusion",
  "many-files",
  "large-file",
  "single-file-mount",
  "database",
] as const;
export type ScenarioId = (typeof SCENARIOS)[number];

/**
 * What a look saw: the state before, the state after, or neither. `wrong:` and `error:` carry what it was instead;
 * `split:` is two observers that contradict each other.
 */
export type Answer = "old" | "new" | `wrong: ${string}` | `error: ${string}` | `split: ${string}`;

/** Equal answers in a row: [answer, begin of the first look, end of the first look, begin of the last look, number of looks], nanoseconds. */
export type AnswerRun = [answer: Answer, firstBeginNs: number, firstEndNs: number, lastBeginNs: number, looks: number];

/** One inotify event as it was read. `answer` is what a look right after it saw. */
export interface SeenEvent {
  kind: EventKind;
  name: string;
  cookie: number;
  atNs: number;
  answer: Answer;
}
export type EventKind =
  | "CREATE"
  | "MODIFY"
  | "CLOSE_WRITE"
  | "ATTRIB"
  | "MOVED_FROM"
  | "MOVED_TO"
  | "DELETE"
  | "OVERFLOW";

/** What a reader reports of one sample. Time stamps are nanoseconds of the agent's `nowNs`. */
export interface LookReport {
  /** Begin of the first look of the state before, or of the waiting where none was taken. */
  armedNs: number;
  runs: AnswerRun[];
  events: SeenEvent[];
  looks: number;
  /** The longest pause between the begins of two looks in a row after the arming. */
  maxGapNs: number;
  /** End of the last look, or of the waiting. */
  endedNs: number;
  /** The time-out was reached before the new state was seen. */
  timedOut: boolean;
  /** The state before was never seen, so nothing was measured. */
  unarmed: boolean;
}

/** What a writer reports of one change. */
export interface ActReport {
  begunNs: number;
  returnedNs: number;
}

/** One recorded sample: what was asked and, once it has ended, all that was seen of it, in lab time. */
export interface SampleOp {
  type: "sample";
  cell: Cell;
  environment: string;
  number: number;
  act?: ActReport;
  look?: LookReport;
  /** Half the width of the interval in which the clocks' offset lies; 0 on one kernel. */
  clockHalfWidthNs?: number;
}

/** A planned scenario. The ladder says in `operation` and `state` what it climbs. */
export interface VisibilityScenario {
  scenario: ScenarioId;
  direction: Direction;
  operation?: OperationId;
  state?: "never" | "looked";
}

/** One recorded scenario; `result` has a shape of its own per scenario, see `scenario-results.ts`. */
export interface ScenarioOp extends VisibilityScenario {
  type: "scenario";
  environment: string;
  clockHalfWidthNs?: number;
  result?: unknown;
}

export type VisibilityOp = SampleOp | ScenarioOp;

/** Unique for a cell within a plan. */
export function cellName({ operation, direction, state, observer }: Cell): string {
  return `${operation} ${direction} ${state} ${observer}`;
}
