import path from "node:path";
import { mountHolding } from "../../../../core/mount-info.ts";
import { type CaseContext, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { mountsAt, viewOf } from "../sight.ts";

const closedDirectories: VolumeCase = {
  id: "S04",
  title: "Directories above the mount",
  severity: "medium",
  action: "Modes and owners of the directories from the driver's root down to a mounted volume.",
  requirement:
    "One of them at least is closed to others, 0700 or 0711, none can be written by others, and all belong to root.",
  reason:
    "A volume's root is often 0777, as containers run under any user. What keeps other users of the host out of it is the directory above.",
  needs: ["mounts"],
  run: async (context) => {
    const { volume, mount, mountId, check } = context;
    const directory = await mount(await volume(), mountId());
    const { files } = viewOf(context);
    const chain: { place: string; mode: number; uid: number }[] = [];
    for (const place of directoriesAbove(directory, viewOf(context).root)) {
      const facts = await files.stat(place);
      if (facts) chain.push({ place, ...facts });
    }
    const seen = chain.map(({ place, mode, uid }) => `${place}: mode ${mode.toString(8)}, user ${uid}`).join("; ");
    const isClosed = chain.some(({ mode }) => (mode & 0o066) === 0);
    check("A directory above the mount is closed to others, 0700 or 0711.", isClosed, seen);
    check(
      "No directory above the mount can be written by others.",
      chain.every(({ mode }) => (mode & 0o022) === 0),
      seen,
    );
    check(
      "The directories above the mount belong to root.",
      chain.every(({ uid }) => uid === 0),
      seen,
    );
  },
};

/** From just above the mount up to the driver's root. */
function directoriesAbove(directory: string, root: string): string[] {
  const parent = path.dirname(directory);
  return directory === root || parent === directory ? [] : [parent, ...directoriesAbove(parent, root)];
}

/** Ways in which drivers let their users ask for it. */
const FLAG_OPTIONS = [
  { nosuid: "", nodev: "" },
  { nosuid: "true", nodev: "true" },
  { o: "nosuid,nodev" },
  { mount_options: "nosuid,nodev" },
] as const;

const mountFlags: VolumeCase = {
  id: "S05",
  title: "No set-user-ID, no devices",
  severity: "medium",
  action:
    "The flags of a mount as the table of mounts shows them; where it lacks nosuid and nodev, volumes that are made with them.",
  requirement: "Mounts are nosuid and nodev, or can be asked to be, and are then.",
  reason:
    "A volume that others can write to elsewhere brings set-user-ID programs and device files onto the host, and an option that is taken and not kept is worse than none.",
  needs: ["mounts"],
  run: async (context) => {
    const { driver, name, volume, check, observe, skip, subject } = context;
    const usual = await flagsOf(context, await volume());
    if (hasBoth(usual)) {
      check("Mounts are nosuid and nodev without being asked.", true, usual.join());
      return observe("every mount is nosuid and nodev");
    }
    for (const more of [...FLAG_OPTIONS, ...(subject.options.other ? [subject.options.other] : [])]) {
      if (!Object.entries(more).flat().join().includes("nosuid")) continue;
      const asked = name();
      const made = await driver.create(asked, goodOptions(context, more));
      if (!made.ok) continue;
      const flags = await flagsOf(context, asked);
      observe(`nosuid and nodev are asked for by ${JSON.stringify(more)}`);
      return void check("A volume that is asked to be nosuid and nodev is mounted so.", hasBoth(flags), flags.join());
    }
    skip("mounts are neither nosuid nor nodev, and no option that the suite knows of asks for it");
  },
};

function hasBoth(flags: readonly string[]): boolean {
  return flags.includes("nosuid") && flags.includes("nodev");
}

/** Of the newest mount at the volume's path, or of the one that holds it. */
async function flagsOf(context: CaseContext, volume: string): Promise<string[]> {
  const id = context.mountId();
  const directory = await context.mount(volume, id);
  const mount = (await mountsAt(context, directory)).at(-1) ?? mountHolding(await viewOf(context).table(), directory);
  await context.unmount(volume, id);
  return mount?.options ?? [];
}

export const mountCases = { closedDirectories, mountFlags };
