import type { BackEndFault } from "../subject.ts";
import type { CaseContext } from "./case.ts";

/** Breaks what the driver stands on and gives the cure; ends the case as skipped where it cannot be broken like this. */
export async function breakBackEnd(
  { subject: { backEnd }, skip }: CaseContext,
  fault: BackEndFault,
): Promise<() => Promise<void>> {
  if (!backEnd?.faults.has(fault)) return skip(`what the driver stands on cannot be made to fail like this: ${fault}`);
  await backEnd.break(fault);
  return () => backEnd.heal();
}
