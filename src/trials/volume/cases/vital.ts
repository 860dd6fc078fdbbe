import type { CaseContext } from "./case.ts";
import { told } from "./case.ts";

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
