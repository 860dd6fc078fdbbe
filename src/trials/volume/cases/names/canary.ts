import { finds } from "../answers.ts";
import { type CaseContext, told } from "../case.ts";
import { checkMark, type MarkedVolume, markedVolume } from "../sight.ts";

/** A volume that no other name may lead to. */
export interface Canary {
  name: string;
  /** Undefined where mounts cannot be seen. */
  marked: MarkedVolume | undefined;
}

/** Makes it, mounted where mounts can be seen. */
export async function setCanary(context: CaseContext): Promise<Canary> {
  const marked = context.subject.mounts && (await markedVolume(context));
  return { name: marked?.name ?? (await context.volume()), marked };
}

/** Checks that it lives. */
export async function checkCanary(context: CaseContext, { name, marked }: Canary): Promise<void> {
  const got = await context.driver.get(name);
  context.check("A volume of another name is still there.", finds(got, name), told(got));
  if (marked) await checkMark(context, "What is in a volume of another name is still there.", marked);
}
