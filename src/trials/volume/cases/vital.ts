import { NotOffered } from "../subject.ts";
import { type CaseContext, told } from "./case.ts";

/** Whether the suite has started the driver, on a host of its own: nobody else has anything there. */
export function isServed({ subject }: CaseContext): boolean {
  return subject.fresh !== undefined;
}

/** What `ask` gives; undefined where the subject does not offer it. */
export async function whereOffered<Gift>(ask: () => Gift | Promise<Gift>): Promise<Gift | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NotOffered) return undefined;
    throw error;
  }
}

/** Remembers which process the driver is; what it gives checks that it still answers, and is still that one. */
export function watchLife(context: CaseContext): (after: string) => Promise<boolean> {
  const { driver, subject, check } = context;
  const before = subject.process?.pid();
  return async (after) => {
    const answer = await driver.list();
    const now = subject.process?.pid();
    const seen = now === before ? told(answer) : `process ${before} has ended; ${told(answer)}`;
    return check(`The driver still runs and answers List after ${after}.`, answer.ok && now === before, seen);
  };
}
