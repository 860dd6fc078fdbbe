import type { VolumeOptions } from "../../model.ts";
import type { FileFacts } from "../../subject.ts";
import type { CaseContext, VolumeCase } from "../case.ts";
import { at, checkRan, refusal, workbench } from "../engine/workbench.ts";
import { viewOf } from "../sight.ts";

/** Whom a volume belongs to. */
export const ownerCases: readonly VolumeCase[] = [
  {
    id: "D05",
    title: "Owner and mode are as asked, and stay",
    severity: "medium",
    action:
      "Makes volumes with the options that the suite was given, looks at the root of each, makes them again and looks again; with an engine, has a container without root write where it was let.",
    requirement:
      "The root has the uid, gid and mode of the options, Create again changes none of them, and a container keeps what it was given.",
    reason:
      "A container that does not run as root writes only where it may; a back end that answers a second Create by resetting the mode takes that away on a live volume.",
    needs: ["mounts"],
    run: keepsOwner,
  },
];

async function keepsOwner(context: CaseContext): Promise<void> {
  const { good, other } = context.subject.options;
  for (const options of other ? [good, other] : [good]) await checkOwner(context, options);
  if (context.subject.engine) await servesWithoutRoot(context);
}

async function servesWithoutRoot(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  checkRan(
    context,
    "Root gives the volume to a user.",
    await bench.run("chown 1234:1234 /v && chmod 0700 /v", [at(name)]),
  );
  const { good: options } = context.subject.options;
  await refusal(bench.engine.createVolume({ name, options }));
  const ran = await bench.run("id -u && echo mine >/v/file && cat /v/file", [at(name)], { user: "1234:1234" });
  checkRan(context, "A container of that user writes to it.", ran, "1234\nmine\n");
}

async function checkOwner(context: CaseContext, options: VolumeOptions): Promise<void> {
  const name = await context.volume(options);
  const id = context.mountId();
  const before = await rootOf(context, await context.mount(name, id));
  for (const [option, seen] of Object.entries(shownAs(before))) {
    const asked = options[option];
    if (asked === undefined) continue;
    const isAsAsked = seen === asked.replace(/^0+(?=\d)/, "");
    context.check(
      "The root of the volume has the owner and mode that were asked for.",
      isAsAsked,
      `${option} ${asked}: ${seen}`,
    );
  }
  // Whether it succeeds is not what this looks at.
  await context.driver.create(name, Object.keys(options).length === 0 ? null : options);
  const after = await rootOf(context, await context.mount(name, id));
  const [was, is] = [before, after].map((facts) => JSON.stringify(shownAs(facts)));
  context.check("Create again changes neither owner nor mode.", was === is, `${was} before, ${is} after`);
}

async function rootOf(context: CaseContext, path: string): Promise<FileFacts> {
  const facts = await viewOf(context).files.stat(path);
  context.demand("Something is at the path that Mount answers.", facts !== undefined, path);
  return facts;
}

/** As options write them: the mode in octal digits. */
function shownAs({ uid, gid, mode }: FileFacts): Record<"uid" | "gid" | "mode", string> {
  return { uid: String(uid), gid: String(gid), mode: mode.toString(8) };
}
