import { isObject, type DriverClient } from "../client.ts";
import { told } from "../cases/case.ts";
import type { Remains } from "./tracking-client.ts";

/** Removals under way at once. */
const AT_ONCE = 8;
/** So many that stayed are named. */
const NAMED = 5;

/** What is to be taken away again. */
export interface Leftovers extends Remains {
  /** Names that volumes may have been made under by other ways than the case's client. */
  names: readonly string[];
}

/** Unmounts and removes what a case has left; tells what stayed. Gives up at the first call without an answer. */
export async function takeAway(client: DriverClient, { mounts, volumes, names }: Leftovers): Promise<string[]> {
  for (const { volume, id } of mounts) {
    const { silence } = await client.unmount(volume, id);
    if (silence) return [`the driver answers nothing more: ${mounts.length} mounts were not taken away`];
  }
  const others = names.filter((name) => !volumes.includes(name));
  const stayed: string[] = [];
  const waiting = [...volumes, ...others];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const why = await remove(client, name, others.includes(name));
        if (why !== "") stayed.push(`${JSON.stringify(name)}: ${why}`);
      }
    }),
  );
  if (stayed.length === 0) return [];
  return [`could not remove ${stayed.length} of its volumes: ${stayed.slice(0, NAMED).join("; ")}`];
}

/** "" when it is gone. One that may never have been made is looked for first. */
async function remove(client: DriverClient, name: string, mayBeNone: boolean): Promise<string> {
  if (mayBeNone && !(await isThere(client, name))) return "";
  const removed = await client.remove(name);
  return removed.ok || (!removed.silence && !(await isThere(client, name))) ? "" : told(removed);
}

async function isThere(client: DriverClient, name: string): Promise<boolean> {
  const { ok, json } = await client.get(name);
  return ok && isObject(json) && isObject(json["Volume"]);
}
