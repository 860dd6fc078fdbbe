import { pathIn } from "../answers.ts";
import { type CaseContext, told } from "../case.ts";
import { checkGone, checkMark, type MarkedVolume, mountsAt } from "../sight.ts";
import { comesTrue } from "../waiting.ts";

/** A mount that comes late comes by then. */
const LATE_MS = 500;

/** Checks that a volume which nobody has mounted can be removed. */
export async function checkRemovable(context: CaseContext, name: string): Promise<void> {
  const answer = await context.driver.remove(name);
  context.check("Remove succeeds when nobody has the volume mounted.", answer.ok, told(answer));
}

/** Mounts once trouble is over, trying again as a container that is restarted; ends the case where that stays in vain. */
export async function mountAgain(context: CaseContext, name: string, id: string): Promise<string> {
  let answer = await context.driver.mount(name, id);
  await comesTrue(context, context.scale.patienceMs, async () => {
    if (!answer.ok) answer = await context.driver.mount(name, id);
    return answer.ok;
  });
  context.demand("Mount succeeds once the trouble is over.", pathIn(answer) !== "", told(answer));
  return pathIn(answer);
}

/**
 * Mounts and unmounts once, and checks that this was the only user: what failed or was given up before holds nothing, and
 * nothing comes late. Removes the volume at the end.
 */
export async function checkNobodyElse(context: CaseContext, volume: MarkedVolume, id: string): Promise<void> {
  const path = await mountAgain(context, volume.name, id);
  await checkMark(context, "The volume is whole once the trouble is over.", { ...volume, path });
  await context.unmount(volume.name, id);
  if (await checkGone(context, "Nothing is mounted after the only user's Unmount.", path)) {
    const isLate = await comesTrue(context, LATE_MS, async () => (await mountsAt(context, path)).length > 0);
    context.check("Nothing is mounted late.", !isLate, isLate ? `${path} is mounted again` : `nothing at ${path}`);
  }
  await checkRemovable(context, volume.name);
}
