import type { BackEndFault } from "../subject.ts";
import { finds } from "./answers.ts";
import { type CaseContext, told } from "./case.ts";
import { checkMark, leaveMark } from "./sight.ts";

/** Breaks what the driver stands on and gives the cure; ends the case as skipped where it cannot be broken like this. */
export async function breakBackEnd(
  { subject: { backEnd }, skip }: CaseContext,
  fault: BackEndFault,
): Promise<() => Promise<void>> {
  if (!backEnd?.faults.has(fault)) return skip(`what the driver stands on cannot be made to fail like this: ${fault}`);
  await backEnd.break(fault);
  return () => backEnd.heal();
}

/**
 * Holds a driver to a Create that succeeded in trouble: some make the volume when it is first mounted, and some do not need
 * what was broken.
 */
export async function checkPromised(context: CaseContext, name: string): Promise<void> {
  const { driver, subject, mount, unmount, mountId, check, observe } = context;
  observe("Create succeeds without what was broken");
  const got = await driver.get(name);
  if (!check("A volume whose Create succeeded is there.", finds(got, name), told(got))) return;
  const [id, later] = [mountId(), mountId()];
  const directory = await mount(name, id);
  const mark = subject.mounts ? await leaveMark(context, directory) : "";
  await unmount(name, id);
  const path = await mount(name, later);
  if (subject.mounts) await checkMark(context, "A volume whose Create succeeded keeps what is in it.", { path, mark });
  await unmount(name, later);
}
