import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type ErrorDefinition, messageOf, SeatrialError } from "../core/errors.ts";
import { subjectError } from "./errors.ts";

/** What a subject's process says to the lab, one JSON object a line. Number 0 answers the start itself. */
export interface SubjectAnswer {
  id: number;
  /** What the command gave; absent for nothing. */
  value?: unknown;
  error?: Omit<ErrorDefinition, "title"> & { code: string; message: string };
}

/** What the lab says to a subject's process. */
export interface SubjectCommand {
  id: number;
  command: unknown;
}

/** One thing that is tested with, running in a process of its own. */
export interface RunningSubject {
  /** Does what it is told; the value goes to the lab as JSON. Commands are told one after another. */
  obey(command: unknown): unknown;
  stop(): Promise<void>;
}

/**
 * The process side: starts the subject, says so, does as it is told, and stops it when the commands end, which they do
 * as well when the lab is killed.
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
    const { id, command } = JSON.parse(line) as SubjectCommand;
    try {
      answer({ id, value: await subject.obey(command) });
    } catch (error) {
      answer({ id, error: described(error) });
    }
  }
  await subject.stop();
}

function described(thrown: unknown): NonNullable<SubjectAnswer["error"]> {
  const error = thrown instanceof SeatrialError ? thrown : subjectError("SUBJECT_FAILED", messageOf(thrown));
  const { code, message, remedy, exit } = error;
  return { code, message, remedy, exit: exit as ErrorDefinition["exit"] };
}
