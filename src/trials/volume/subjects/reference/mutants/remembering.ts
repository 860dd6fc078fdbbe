import { writeFile } from "node:fs/promises";
import { Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type About, DirectoryBackEnd } from "../back-end.ts";
import { VolumeDriver } from "../driver.ts";
import type { Options } from "../options.ts";
import { DriverServer } from "../server.ts";
import { type Remembered, StateFile } from "../state-file.ts";
import type { Mutant } from "./mutant.ts";

const SLOW_DISK_MS = 3;
const NOTHING: Remembered = { kind: "state", state: { version: 1, epoch: 1, volumes: {}, references: {} } };

/** Drivers that forget, or believe what they should not. */
export const rememberingMutants: readonly Mutant[] = [
  {
    id: "volumes-in-memory",
    defect: "Only volumes that this process has made are known.",
    seenIn: "sebt3, netshare#33, Canyas",
    meant: ["X01", "X02", "G12"],
    throughEngine: ["E09", "X15"],
    parts: {
      BackEnd: class extends DirectoryBackEnd {
        readonly #made = new Set<string>();
        override async create(name: string, options: Options): Promise<boolean> {
          this.#made.add(name);
          return super.create(name, options);
        }
        override async find(name: string): Promise<About | undefined> {
          return this.#made.has(name) ? super.find(name) : undefined;
        }
        override async list(): Promise<string[]> {
          return (await super.list()).filter((name) => this.#made.has(name));
        }
      },
      Driver: class extends VolumeDriver {
        override async get(name: string) {
          if (!(await this.tools.backEnd.find(name))) this.tools.catalogue.forget(name);
          return super.get(name);
        }
      },
    },
  },
  {
    id: "two-books",
    defect: "List reads a list of the driver's own, which is kept beside the back end and without a lock.",
    seenIn: "by construction",
    meant: ["C05", "C11"],
    parts: {
      Driver: class extends VolumeDriver {
        #names: string[] = [];
        override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
          const isNew = !this.#names.includes(name);
          await super.create(name, texts, signal);
          if (isNew) this.#names.push(name);
        }
        override async remove(name: string, signal: AbortSignal): Promise<void> {
          await super.remove(name, signal);
          await sleep(SLOW_DISK_MS);
          this.#names = this.#names.filter((other) => other !== name);
        }
        override async list(): ReturnType<VolumeDriver["list"]> {
          return this.#names.map((name) => this.brief(name));
        }
      },
    },
  },
  {
    id: "state-in-place",
    defect: "The state is written in place, and one that is cut short is read as empty.",
    seenIn: "by construction",
    meant: ["X04"],
    parts: {
      StateFile: class extends StateFile {
        protected override async write(text: string): Promise<void> {
          await writeFile(this.path, text.slice(0, text.length / 2));
          await sleep(SLOW_DISK_MS);
          await writeFile(this.path, text);
        }
        override async read(): Promise<Remembered> {
          const found = await super.read();
          return found.kind === "lost" ? NOTHING : found;
        }
      },
    },
  },
  {
    id: "refuses-damaged-state",
    defect: "With a state that cannot be read the driver does not start.",
    seenIn: "by construction",
    meant: ["X04"],
    parts: {
      StateFile: class extends StateFile {
        override async read(): Promise<Remembered> {
          const found = await super.read();
          if (found.kind === "lost") throw new Error(`the state cannot be read: ${found.why}`);
          return found;
        }
      },
    },
  },
  {
    id: "collects-the-unknown",
    defect: "At the start volumes that the state does not know are deleted as garbage.",
    seenIn: "by construction",
    meant: ["X04"],
    parts: {
      Driver: class extends VolumeDriver {
        override async list(): ReturnType<VolumeDriver["list"]> {
          const { backEnd, catalogue } = this.tools;
          const names = await backEnd.list().catch(() => []);
          for (const name of names) if (!catalogue.get(name)) await backEnd.remove(name).catch(() => undefined);
          return super.list();
        }
      },
    },
  },
  {
    id: "stop-unmounts",
    defect: "SIGTERM unmounts everything, whoever uses it.",
    seenIn: "by construction; `plugin disable -f` does",
    meant: ["X01", "X07"],
    parts: {
      Driver: class extends VolumeDriver {
        override async stop(): Promise<void> {
          for (const name of await this.tools.mounts.mounted()) await this.tools.mounts.unmount(name);
        }
      },
    },
  },
  {
    id: "stop-waits-for-ever",
    defect: "SIGTERM waits until every connection is closed, and engines close none.",
    seenIn: "by construction; `server.close()` of Node before 19",
    meant: ["X01"],
    parts: {
      Server: class extends DriverServer {
        override stop(): Promise<void> {
          return new Promise((resolve) => NetServer.prototype.close.call(this.http, () => resolve()));
        }
      },
    },
  },
];
