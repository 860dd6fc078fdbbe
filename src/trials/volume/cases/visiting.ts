import { DriverClient } from "../client.ts";
import type { DriverProcess, MountView, Subject } from "../subject.ts";
import { pathIn } from "./answers.ts";
import { type CaseContext, told } from "./case.ts";

/** A case on a driver of its own. */
export interface Visit extends AsyncDisposable {
  /** As the case's own, and its checks go there too. */
  context: CaseContext;
  process: DriverProcess;
  mounts: MountView;
}

/**
 * Starts another driver of the same kind for what nobody may do to the one that is judged, such as losing its state. It
 * ends with the visit. Ends the case as skipped where the other driver cannot be stopped or seen.
 */
export async function visiting(context: CaseContext): Promise<Visit> {
  const subject = await context.subject.fresh?.();
  if (!subject) throw new Error("the case visits another driver and does not say that it needs one");
  const driver = new DriverClient({ ...context.driver.options, socketPath: subject.socketPath });
  const leave = async () => {
    driver.close();
    await subject[Symbol.asyncDispose]();
  };
  const { process, mounts } = subject;
  if (!process || !mounts) {
    await leave();
    return context.skip("the second driver cannot be stopped, or what it mounts cannot be seen");
  }
  return {
    context: { ...context, subject, driver, ...steps(context, subject, driver) },
    process,
    mounts,
    [Symbol.asyncDispose]: leave,
  };
}

function steps(
  context: CaseContext,
  subject: Subject,
  driver: DriverClient,
): Pick<CaseContext, "volume" | "mount" | "unmount"> {
  return {
    volume: async (options = subject.options.good) => {
      const name = context.name();
      const answer = await driver.create(name, options);
      if (!answer.ok) context.demand("Create makes a new volume.", false, told(answer));
      return name;
    },
    mount: async (volume, id) => {
      const answer = await driver.mount(volume, id);
      if (pathIn(answer) === "") context.demand("Mount of an existing volume answers a path.", false, told(answer));
      return pathIn(answer);
    },
    unmount: async (volume, id) => {
      const answer = await driver.unmount(volume, id);
      if (!answer.ok) context.demand("Unmount of what was mounted succeeds.", false, told(answer));
    },
  };
}
