import type { ZodType } from "zod";
import { messageOf } from "../core/errors.ts";
import { type Line, readLines } from "./lines.ts";

/** More are counted, not told: a file of another kind would otherwise fill the report. */
const MAX_PROBLEMS = 20;

/** The events of one file, read while they are iterated. Iterate once; then `problems` and `count` are final. */
export interface EventReading<Event> extends Iterable<Event> {
  /** What was lost or odd, with the file's name in the run and the line. Not empty means: evidence is missing. */
  readonly problems: readonly string[];
  /** How many events were good. */
  readonly count: number;
}

/** A file of events, one JSON object a line. */
export interface EventSource<Event> {
  file: string;
  /** The file's name in problems; never an absolute path, so that a moved run tells the same. */
  name: string;
  schema: ZodType<Event>;
  /** Lifts a stored event to the newest version. */
  migrate: (stored: unknown) => unknown;
}

interface Placed {
  index: number;
}

/**
 * Reads events leniently: what is no event is told and left out, and nothing is thrown. A last line without its
 * newline counts as torn even where it parses: the writer ends every line.
 */
export function readEvents<Event extends Placed>(source: EventSource<Event>): EventReading<Event> {
  const problems = createProblems(source.name);
  let count = 0;

  function* iterate(): Generator<Event> {
    let expected = 0;
    try {
      for (const line of readLines(source.file)) {
        const event = parseLine(source, line);
        if (typeof event === "string") {
          problems.add(line.number, event);
          expected++;
          continue;
        }
        if (event.index < expected) {
          problems.add(line.number, `event ${event.index} stands where event ${expected} should; it was left out`);
          continue;
        }
        if (event.index > expected) problems.add(line.number, `events ${expected} to ${event.index - 1} are missing`);
        expected = event.index + 1;
        count++;
        yield event;
      }
    } catch (error) {
      problems.addUnreadable(error);
    }
  }

  return {
    [Symbol.iterator]: iterate,
    get problems() {
      return problems.list();
    },
    get count() {
      return count;
    },
  };
}

/** The event, or what is wrong with the line. */
function parseLine<Event>({ schema, migrate }: EventSource<Event>, line: Line): Event | string {
  if (line.state === "torn") return "the last line is torn, as when the lab is killed; it was left out";
  if (line.state === "tooLong") return "the line is longer than any event; it was left out";
  let stored: unknown;
  try {
    stored = migrate(JSON.parse(line.text));
  } catch {
    return "the line is damaged: not JSON; it was left out";
  }
  const parsed = schema.safeParse(stored);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return `the line is no event of this trial (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unknown"}); it was left out`;
}

function createProblems(name: string) {
  const told: string[] = [];
  let more = 0;
  return {
    add: (line: number, problem: string) => {
      if (told.length < MAX_PROBLEMS) told.push(`${name} line ${line}: ${problem}`);
      else more++;
    },
    addUnreadable: (error: unknown) => void told.push(`${name} cannot be read: ${withoutPath(messageOf(error))}`),
    list: (): readonly string[] => (more > 0 ? [...told, `${name}: ${more} more problems`] : told),
  };
}

/** Node's messages end in the absolute path, which differs from machine to machine. */
function withoutPath(message: string): string {
  return message.replace(/, \w+( '.*')?$/, "");
}
