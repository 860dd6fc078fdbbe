import type { Answer } from "../../client.ts";
import { told, type CaseContext, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { leakIn, newSecret, SECRET_OPTIONS } from "../secrets.ts";
import { isServed } from "../vital.ts";

const printedSecrets: VolumeCase = {
  id: "P17",
  title: "Secrets in messages",
  severity: "critical",
  action:
    "Create with a random secret as an option of several names, in broken JSON and with a bad value beside it; then Mount, Unmount and Remove of what was made.",
  requirement: "The secret is in no Err and, where the suite sees what the driver prints, in no line of that.",
  reason:
    "The engine shows Err to the user as it is and writes it into its own log; both are read by people, and collected by machines, that may not know the secret.",
  needs: [],
  run: async (context) => {
    const { subject, check, observe } = context;
    const secret = newSecret(context);
    for (const option of SECRET_OPTIONS) await tryOption(context, option, secret);
    for (const body of brokenBodies(context, secret))
      for (const method of ["Create", "Get", "Mount"])
        checkAnswer(context, secret, await context.driver.request({ path: `/VolumeDriver.${method}`, body }));
    if (!subject.process || !isServed(context)) return observe("what the driver prints was not seen");
    const leak = leakIn(subject.process.log(), secret);
    check("What the driver prints does not hold the secret.", leak === undefined, leak ?? "it does not");
  },
};

async function tryOption(context: CaseContext, option: string, secret: string): Promise<void> {
  const { driver, name, mountId } = context;
  const bad = context.subject.options.bad[0] ?? { "seatrial-unknown": "x" };
  for (const more of [{ [option]: secret }, { [option]: `${secret},ro` }, { ...bad, [option]: secret }]) {
    const [volume, id] = [name(), mountId()];
    const made = await driver.create(volume, goodOptions(context, more));
    checkAnswer(context, secret, made);
    if (!made.ok) continue;
    checkAnswer(context, secret, await driver.create(volume, goodOptions(context, { [option]: "another" })));
    checkAnswer(context, secret, await driver.mount(volume, id));
    checkAnswer(context, secret, await driver.unmount(volume, id));
    checkAnswer(context, secret, await driver.remove(volume));
  }
}

function checkAnswer({ check }: CaseContext, secret: string, answer: Answer): void {
  const leak = leakIn(answer.error, secret);
  const seen = leak === undefined ? told(answer).replaceAll(secret, "(the secret)") : `the Err is: ${leak}`;
  check("The text of an error does not hold the secret.", leak === undefined, seen);
}

/** Readers of JSON quote what they stumble over. */
function brokenBodies({ name }: CaseContext, secret: string): string[] {
  const right = `{"Name":"${name()}","Opts":{"secret":"${secret}"}}`;
  return [
    right.slice(0, -2),
    `${right}}`,
    right.replace('":"s3', '":s3'),
    `"${secret}"`,
    secret,
    `{"Name":["${secret}"]}`,
  ];
}

export const printedSecretCases = { printedSecrets };
