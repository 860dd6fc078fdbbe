import fs from "node:fs";
import path from "node:path";
import { systemCode } from "../../../../core/errors.ts";
import { refuses } from "../answers.ts";
import { told, type CaseContext, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { whereOffered } from "../vital.ts";
import { leakIn, newSecret, SECRET_OPTIONS } from "../secrets.ts";

/** No state of a driver is larger, and data of volumes may lie beside it. */
const LARGEST_STATE_FILE_BYTES = 2 ** 20;
const MOST_FILES = 500;

const storedSecrets: VolumeCase = {
  id: "S01",
  title: "Secrets in options",
  severity: "critical",
  action:
    "Create with a random secret as `secret`, `password` and the like; then Get, List and Path; the driver's state, where the suite sees it.",
  requirement: "Such an option is refused, or its value is never shown nor stored; others may not read the state.",
  reason:
    "The engine keeps options and shows them in `docker volume inspect`; a state file of mode 0644 shows them to every user of the host.",
  needs: [],
  run: async (context) => {
    const secret = newSecret(context);
    for (const option of SECRET_OPTIONS) await tryOption(context, option, secret);
    const statePath = await whereOffered(() => context.subject.process?.statePath);
    if (statePath === undefined) return context.observe("the driver's state was not seen");
    await checkState(context, statePath, secret);
  },
};

async function tryOption(context: CaseContext, option: string, secret: string): Promise<void> {
  const { driver, name, mountId, check, observe } = context;
  const [volume, id] = [name(), mountId()];
  const made = await driver.create(volume, goodOptions(context, { [option]: secret }));
  const isClear = made.ok || refuses(made);
  check(
    "Create refuses an option for a secret with words, or takes it.",
    isClear,
    told(made).replaceAll(secret, "..."),
  );
  observe(`option ${option} is ${made.ok ? "taken" : "refused"}`);
  if (!made.ok) return;
  await driver.mount(volume, id);
  for (const answer of [await driver.get(volume), await driver.list(), await driver.path(volume)]) {
    const leak = leakIn(answer.text, secret);
    check("No answer shows the secret.", leak === undefined, leak ?? "it does not");
  }
  await driver.unmount(volume, id);
}

async function checkState({ check }: CaseContext, statePath: string, secret: string): Promise<void> {
  for (const file of await filesBelow(statePath, MOST_FILES)) {
    const leak = await leakInFile(file, secret);
    check("No file of the driver's state holds the secret.", leak === undefined, `${file}: ${leak ?? "it does not"}`);
  }
  const top = await fs.promises.lstat(statePath).catch(() => undefined);
  if (!top?.isDirectory()) return;
  const isClosed = (top.mode & 0o077) === 0;
  for (const entry of await fs.promises.readdir(statePath)) {
    const stats = await fs.promises.lstat(path.join(statePath, entry)).catch(() => undefined);
    if (!stats?.isFile()) continue;
    const seen = `${entry} has mode ${octal(stats.mode)}, its directory ${octal(top.mode)}`;
    check("Files of the driver's state are for their owner only.", isClosed || (stats.mode & 0o077) === 0, seen);
  }
}

/** Undefined where it does not leak, and where it is no text of a driver. */
async function leakInFile(file: string, secret: string): Promise<string | undefined> {
  try {
    const { size } = await fs.promises.stat(file);
    return size > LARGEST_STATE_FILE_BYTES ? undefined : leakIn(await fs.promises.readFile(file, "latin1"), secret);
  } catch (error) {
    // A driver may replace its state at any time.
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Regular files, so many at most; volumes that lie in the state are looked through with it. */
async function filesBelow(directory: string, most: number): Promise<string[]> {
  const stats = await fs.promises.lstat(directory).catch(() => undefined);
  if (stats?.isFile()) return [directory];
  if (!stats?.isDirectory()) return [];
  const found: string[] = [];
  for (const entry of await fs.promises.readdir(directory)) {
    if (found.length >= most) break;
    found.push(...(await filesBelow(path.join(directory, entry), most - found.length)));
  }
  return found;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}

export const storedSecretCases = { storedSecrets };
