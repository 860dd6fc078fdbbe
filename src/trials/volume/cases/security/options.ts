import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { VolumeOptions } from "../../model.ts";
import { denies, refuses } from "../answers.ts";
import { told, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { takeStock } from "../stock.ts";

const dangerousOptions: VolumeCase = {
  id: "S06",
  title: "Options that reach out of the volume",
  severity: "critical",
  action:
    "Create with `fstype`, `exec`, `suid`, options for a bind of a directory outside, and a path of the host for a place of its own.",
  requirement: "Each is refused, and nothing is made; options that the user of the suite said are good are left out.",
  reason:
    "Whoever may create a volume would mount any directory of the host into a container, as with `--privileged`, but through an interface that is given to people for being harmless.",
  needs: [],
  run: async (context) => {
    const { driver, name, check, defer } = context;
    const outside = await fs.promises.mkdtemp(path.join(os.tmpdir(), "seatrial-outside-"));
    defer(() => fs.promises.rmdir(outside));
    const isUnchanged = await takeStock(context);
    for (const options of dangerous(outside, context.subject.options.good)) {
      const volume = name();
      const answer = await driver.create(volume, goodOptions(context, options));
      const shown = JSON.stringify(options);
      check("Create refuses an option that reaches out of the volume.", refuses(answer), `${shown}: ${told(answer)}`);
      const got = await driver.get(volume);
      if (!answer.ok) check("Nothing is made of it.", denies(got), `${shown}: ${told(got)}`);
      else await driver.remove(volume);
    }
    await isUnchanged("Options that reach out of the volume have made nothing.");
  },
};

/** `outside` is an empty directory of the suite: a driver that falls for it harms nobody. */
function dangerous(outside: string, good: VolumeOptions): VolumeOptions[] {
  const all: VolumeOptions[] = [
    ...[{ fstype: "ext4" }, { type: "tmpfs" }, { exec: "" }, { suid: "" }, { dev: "" }, { o: "exec,suid,dev" }],
    ...[{ type: "none", device: outside, o: "bind" }, { device: outside }, { source: outside }, { bind: outside }],
    ...[{ path: outside }, { mountpoint: outside }, { target: outside }, { base: outside }, { dir: "../.." }],
    ...[{ subdir: "../.." }, { command: "true" }, { helper: "/bin/true" }, { keyring: "../../shadow" }],
  ];
  return all.filter((options) => Object.keys(options).every((key) => !(key in good)));
}

export const optionCases = { dangerousOptions };
