import { chmod, mkdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type About, DirectoryBackEnd } from "../back-end.ts";
import { VolumeDriver } from "../driver.ts";
import { BindMounts } from "../mounts.ts";
import { type Options, readOptions } from "../options.ts";
import { Refusal } from "../refusal.ts";
import type { Mutant } from "./mutant.ts";

const KNOWN = ["mode", "uid", "gid", "nosuid", "nodev"];

const SLOW_DISK_MS = 100;

/** Reads the mode as far as it is one, and gives mount(8) all of it. */
class PassingValuesOn extends VolumeDriver {
  readonly #modes = new Map<string, string>();

  override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
    const mode = texts.get("mode");
    if (mode === undefined) return super.create(name, texts, signal);
    this.#modes.set(name, mode);
    await super.create(name, new Map([...texts, ["mode", mode.slice(0, 4)]]), signal);
  }

  protected override async bind(name: string, volume: About): Promise<void> {
    const { mounts, backEnd } = this.tools;
    const mode = this.#modes.get(name);
    if (mode === undefined) await super.bind(name, volume);
    else await mounts.mount(name, backEnd.dataOf(name), [`mode=${mode}`]);
  }
}

/** Drivers that do something else than Create asks for. */
export const askingMutants: readonly Mutant[] = [
  {
    id: "options-ignored",
    defect: "Options that nobody knows are passed over in silence.",
    seenIn: "heliumdatacommons, jmceleney",
    meant: ["C06", "S06"],
    parts: {
      Driver: withOptions((texts) => readOptions(new Map([...texts].filter(([name]) => KNOWN.includes(name))))),
    },
  },
  {
    id: "values-in-mount-options",
    defect: "Values go into the text of `mount -o`, where a comma in one begins another option.",
    seenIn: "n0r1sk",
    meant: ["C08"],
    parts: { Driver: PassingValuesOn },
  },
  {
    id: "create-twice-fails",
    defect: "A second Create of a volume is an error.",
    seenIn: "trajano",
    meant: ["C02"],
    parts: {
      Driver: class extends VolumeDriver {
        override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
          if (await this.tools.backEnd.find(name)) throw new Refusal("the volume is there already");
          await super.create(name, texts, signal);
        }
      },
    },
  },
  {
    id: "create-in-steps",
    defect: "A volume is made under its name step by step, so a crash leaves half of it.",
    seenIn: "by construction; mkdir first, the record later",
    meant: ["C10"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async create(name: string, options: Options): Promise<boolean> {
          const place = path.join(this.directory, name);
          await mkdir(place);
          await sleep(SLOW_DISK_MS);
          await rmdir(place);
          return super.create(name, options);
        }
      },
    },
  },
  {
    id: "create-empties",
    defect: "A second Create begins with an empty volume.",
    seenIn: "vieux/sshfs",
    meant: ["C02"],
    parts: {
      Driver: class extends VolumeDriver {
        override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
          await rm(this.tools.backEnd.dataOf(name), { recursive: true, force: true }).catch(() => undefined);
          await super.create(name, texts, signal);
        }
      },
    },
  },
  {
    id: "create-resets",
    defect: "A second Create with other options sets the mode anew.",
    seenIn: "`ceph fs subvolume create` on what is there",
    meant: ["C03"],
    parts: {
      Driver: class extends VolumeDriver {
        override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
          await chmod(this.tools.backEnd.dataOf(name), readOptions(texts).mode).catch(() => undefined);
          await super.create(name, texts, signal);
        }
      },
    },
  },
  {
    id: "create-fails-in-part",
    defect: "A Create that fails leaves a volume.",
    seenIn: "by construction",
    meant: ["C09"],
    parts: {
      Driver: class extends VolumeDriver {
        override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
          this.tools.catalogue.learn(name, {});
          this.tools.references.add(name, "create");
          await super.create(name, texts, signal);
          this.tools.references.clear(name);
        }
      },
    },
  },
  {
    id: "mode-ignored",
    defect: "Mode and owner are taken and not set.",
    seenIn: "by construction; asked for in moby#21259, wetopi#25",
    meant: ["D05"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async create(name: string, options: Options): Promise<boolean> {
          const made = await super.create(name, options);
          await chmod(this.dataOf(name), 0o755);
          return made;
        }
      },
    },
  },
  {
    id: "one-directory-for-all",
    defect: "All volumes are one directory.",
    seenIn: "by construction; an option for the path that is not taken",
    meant: ["D04"],
    throughEngine: ["D07", "E10"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        override async create(name: string, options: Options): Promise<boolean> {
          await mkdir(this.dataOf(), { recursive: true });
          return super.create(name, options);
        }
        override dataOf(): string {
          return super.dataOf(".all");
        }
      },
    },
  },
  {
    id: "flags-ignored",
    defect: "nosuid and nodev are taken and not honoured.",
    seenIn: "by construction",
    meant: ["S05"],
    parts: {
      Mounts: class extends BindMounts {
        override mount(volume: string, source: string): Promise<void> {
          return super.mount(volume, source, []);
        }
      },
    },
  },
  {
    id: "open-directories",
    defect: "Everybody may look into the directories above the mounts.",
    seenIn: "heliumdatacommons (0777)",
    meant: ["S04"],
    parts: {
      Mounts: class extends BindMounts {
        override async start(): Promise<void> {
          await super.start();
          await chmod(this.directory, 0o777);
        }
      },
    },
  },
];

/** A driver that reads options in its own way. */
function withOptions(read: (texts: ReadonlyMap<string, string>) => Options): typeof VolumeDriver {
  return class extends VolumeDriver {
    protected override readOptions(texts: ReadonlyMap<string, string>): Options {
      return read(texts);
    }
  };
}
