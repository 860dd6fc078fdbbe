import fs from "node:fs";
import { type CaseContext, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { leakIn, newSecret, SECRET_OPTIONS } from "../secrets.ts";
import { viewOf } from "../sight.ts";
import { meanwhile } from "../waiting.ts";

const secretsInSight: VolumeCase = {
  id: "S02",
  title: "Secrets that all users of the host see",
  severity: "critical",
  action:
    "Create, Mount and Unmount with a random secret as an option, while the command lines of all processes are looked at; the table of mounts.",
  requirement: "The secret is in no command line and in no line of the table.",
  reason:
    "Every user of a host may read /proc/*/cmdline and the table of mounts, and `mount -o password=...` writes into both.",
  needs: ["mounts"],
  run: async (context) => {
    const secret = newSecret(context);
    for (const option of SECRET_OPTIONS) await watchOption(context, option, secret);
  },
};

async function watchOption(context: CaseContext, option: string, secret: string): Promise<void> {
  const { driver, name, mountId, check, observe } = context;
  const [volume, id] = [name(), mountId()];
  const commandLines = watchCommandLines(context, secret);
  const made = await driver.create(volume, goodOptions(context, { [option]: secret }));
  if (made.ok) {
    await driver.mount(volume, id);
    const table = JSON.stringify(await viewOf(context).table());
    const leak = leakIn(table, secret);
    check("The table of mounts does not hold the secret.", leak === undefined, leak ?? "it does not");
    await driver.unmount(volume, id);
  }
  observe(`option ${option} is ${made.ok ? "taken" : "refused"}`);
  const { leak, looks } = await commandLines();
  check("No process has the secret in its command line.", leak === undefined, leak ?? `looked ${looks} times`);
}

/** Looks at all processes of the machine again and again until it is asked what it has seen. */
function watchCommandLines(context: CaseContext, secret: string): () => Promise<{ leak?: string; looks: number }> {
  const seen: { leak?: string; looks: number } = { looks: 0 };
  const stop = meanwhile(context, 1, async () => {
    const leak = leakInCommandLines(secret);
    if (leak !== undefined) seen.leak = leak;
    seen.looks++;
  });
  return async () => {
    await stop();
    return seen;
  };
}

function leakInCommandLines(secret: string): string | undefined {
  for (const name of fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const leak = leakIn(commandLineOf(name), secret);
    if (leak !== undefined) return `process ${name}: ${leak}`;
  }
  return undefined;
}

/** "" once the process has ended. */
function commandLineOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

export const visibleSecretCases = { secretsInSight };
