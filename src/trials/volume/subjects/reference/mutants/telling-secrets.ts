import { writeFile } from "node:fs/promises";
import path from "node:path";
import { VolumeDriver } from "../driver.ts";
import { BindMounts } from "../mounts.ts";
import { run } from "../programs.ts";
import { Refusal } from "../refusal.ts";
import type { Mutant } from "./mutant.ts";

const SECRETS = ["secret", "password", "key", "token"];
/** As long as a mount may take: long enough to be seen. */
const SHORT_MOUNT_S = "0.2";

/** Takes options for secrets, and does something with them. */
abstract class TakesSecrets extends VolumeDriver {
  override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
    const secrets = [...texts].filter(([option]) => SECRETS.includes(option)).map(([, value]) => value);
    if (secrets.length > 0) await this.use(secrets);
    await super.create(name, new Map([...texts].filter(([option]) => !SECRETS.includes(option))), signal);
  }

  protected abstract use(secrets: readonly string[]): Promise<void>;
}

/** Drivers that tell what nobody should know. */
export const tellingSecretsMutants: readonly Mutant[] = [
  {
    id: "secret-stored",
    defect: "Secrets are taken as options and kept in a file that everybody may read.",
    seenIn: "vieux/sshfs (password in a file of mode 0644)",
    meant: ["S01"],
    parts: {
      Driver: class extends TakesSecrets {
        protected override async use(secrets: readonly string[]): Promise<void> {
          const file = path.join(this.tools.settings.stateDirectory, "options.json");
          await writeFile(file, JSON.stringify(secrets), { mode: 0o644 });
        }
      },
    },
  },
  {
    id: "secret-in-command-line",
    defect: "Secrets are arguments of the program that mounts.",
    seenIn: "n0r1sk, vieux/sshfs#22",
    meant: ["S02"],
    parts: {
      Driver: class extends TakesSecrets {
        protected override async use(secrets: readonly string[]): Promise<void> {
          await run("sh", ["-c", `sleep ${SHORT_MOUNT_S}; :`, "mount", ...secrets]);
        }
      },
    },
  },
  {
    id: "secret-logged",
    defect: "Options are written into the log.",
    seenIn: "sebt3",
    meant: ["P17"],
    parts: {
      Driver: class extends TakesSecrets {
        protected override async use(secrets: readonly string[]): Promise<void> {
          this.tools.log(`create with ${secrets.join()}`);
        }
      },
    },
  },
  {
    id: "secret-in-error",
    defect: "The error about an option has its value in it.",
    seenIn: "moby#43596",
    meant: ["P17"],
    parts: {
      Driver: class extends VolumeDriver {
        override async create(...[name, texts, signal]: Parameters<VolumeDriver["create"]>): Promise<void> {
          await super.create(name, texts, signal).catch((error: unknown) => {
            if (!(error instanceof Refusal)) throw error;
            throw new Refusal(`${error.message}: ${[...texts].map((pair) => pair.join("=")).join()}`);
          });
        }
      },
    },
  },
  {
    id: "key-never-read-again",
    defect: "A key that was refused once is not read again before a restart.",
    seenIn: "by construction",
    meant: ["S03"],
    parts: {
      Mounts: class extends BindMounts {
        #isRefused = false;
        protected override async bind(arguments_: readonly string[]): Promise<void> {
          if (this.#isRefused) throw new Refusal("the key is not accepted");
          await super.bind(arguments_).catch((error: unknown) => {
            this.#isRefused = true;
            throw error;
          });
        }
      },
    },
  },
];
