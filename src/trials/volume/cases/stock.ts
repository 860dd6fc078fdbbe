import { isWithin } from "../../../core/mount-info.ts";
import { volumesIn } from "./answers.ts";
import type { CaseContext } from "./case.ts";

/** Volumes that List gives and places below the root where something is mounted, one a line. */
async function inventory({ driver, subject }: CaseContext): Promise<string[]> {
  const { mounts } = subject;
  const listed = volumesIn(await driver.list()).map(({ name }) => `volume ${JSON.stringify(name)}`);
  const mounted = mounts ? (await mounts.table()).filter(({ path }) => isWithin(path, mounts.root)) : [];
  return [...listed, ...mounted.map(({ path }) => `mount ${path}`)].sort();
}

/** Remembers what the driver has; what it gives checks that nothing has come or gone since. */
export async function takeStock(context: CaseContext): Promise<(what: string) => Promise<boolean>> {
  const before = await inventory(context);
  return async (what) => {
    const after = await inventory(context);
    const gone = missingIn(after, before).map((line) => `gone: ${line}`);
    const come = missingIn(before, after).map((line) => `come: ${line}`);
    return context.check(what, gone.length + come.length === 0, told([...gone, ...come]));
  };
}

function missingIn(list: readonly string[], of: readonly string[]): string[] {
  const left = [...list];
  return of.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function told(changes: readonly string[]): string {
  if (changes.length === 0) return "nothing has changed";
  const more = changes.length > 10 ? [`and ${changes.length - 10} more`] : [];
  return [...changes.slice(0, 10), ...more].join("; ");
}
