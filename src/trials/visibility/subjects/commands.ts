import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { messageOf, SeatrialError } from "../../../core/errors.ts";

/** What a subject's process says to the lab, one JSON object a line. Number 0 answers the start itself. */
export interface SubjectAnswer {
  id: number;
  error?: { code: string; detail: string };
}

/** What the lab says to a subject's process. */
export interface SubjectCommand {
  id: number;
  dials: unknown;
}

/** One thing that is tested with, running in a process of its own. */
export interface RunningSubject {
  setDials(dials: unknown): void;
  stop(): Promise<void>;
}

/**
 * The process side: starts the subject, says so, turns its dials as told, and stops it when the commands end, which they
 * do as well when the lab is killed.
 */
export async function obeyCommands(
  start: () => Promise<RunningSubject>,
  input: Readable,
  output: Writable,
): Promise<void> {
  const answer = (line: SubjectAnswer) => output.write(`${JSON.stringify(line)}\n`);
  let subject: RunningSubject;
  try {
    subject = await start();
  } catch (error) {
    answer({ id: 0, error: described(error) });
    return;
  }
  answer({ id: 0 });
  for await (const line of createInterface({ input })) {
    const { id, dials } = JSON.parse(line) as SubjectCommand;
    try {
      subject.setDials(dials);
      answer({ id });
    } catch (error) {
      answer({ id, error: described(error) });
    }
  }
  await subject.stop();
}

function described(error: unknown): { code: string; detail: string } {
  return { code: error instanceof SeatrialError ? error.code : "SUBJECT_FAILED", detail: messageOf(error) };
}
