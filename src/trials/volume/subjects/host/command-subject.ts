import type { Clock } from "../../../../core/clock.ts";
import { findSubjectProgram } from "../../../../subjects/program.ts";
import type { SubjectProgram } from "../../../../subjects/subject-process.ts";
import type { Subject, SubjectOptions } from "../../subject.ts";
import { backEndByCommands, type FaultCommands } from "./back-end.ts";
import { Clients } from "./clients.ts";
import { CommandedDriver, type DriverCommands } from "./commanded-driver.ts";
import { HandsPool } from "./hands-pool.ts";
import { readMounts } from "./host.ts";
import { wordsInside } from "./keeper.ts";

/** A driver that runs already. What is not given is not tried. */
export interface CommandSubjectRequest {
  socketPath: string;
  /** Every path that its Mount answers is below. */
  mountRoot?: string;
  /** A process that sees the driver's mounts at the paths that it answers; this process otherwise. */
  mountNamespacePid?: number;
  commands?: DriverCommands;
  faults?: FaultCommands;
  /** An existing directory for mount points of the suite's own. Whoever gives it removes it. */
  workdir: string;
  clock: Clock;
  /** For calls of the subject's clients. */
  deadlineMs: number;
  scope?: "local" | "global";
  options?: Partial<SubjectOptions>;
  /** Found by itself in a built package. */
  hands?: SubjectProgram;
  /** For each call of `mounts.files`; 10 s unless given. */
  handsLimitMs?: number;
}

/** The subject for a driver that is not the suite's; it goes on when the subject is disposed of. */
export function commandSubject(request: CommandSubjectRequest): Subject {
  const { socketPath, mountRoot, commands, faults, clock, deadlineMs, scope = "local" } = request;
  const clients = new Clients({ socketPath, clock, deadlineMs });
  const files = mountRoot === undefined ? undefined : openHands(request, mountRoot);
  const table = () => readMounts(request.mountNamespacePid ?? "self");
  return {
    ...{ socketPath, client: clients.make, scope },
    options: { good: {}, bad: [], required: [], ...request.options },
    ...(files && mountRoot !== undefined && { mounts: { root: mountRoot, files, table } }),
    ...(commands && { process: new CommandedDriver(socketPath, commands, clock) }),
    ...(faults && { backEnd: backEndByCommands(faults, {}) }),
    [Symbol.asyncDispose]: async () => {
      clients.close();
      await files?.close();
    },
  };
}

function openHands(request: CommandSubjectRequest, root: string): HandsPool {
  const { mountNamespacePid: pid, workdir, hands, handsLimitMs: limitMs } = request;
  return new HandsPool({
    program: hands ?? findSubjectProgram("subjects/hands"),
    enter: (program) => (pid === undefined ? [...program] : wordsInside(pid, program)),
    root,
    scratch: workdir,
    limitMs,
  });
}
