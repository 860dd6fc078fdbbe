import path from "node:path";
import { DirectoryBackEnd } from "../../driver/backends/directory/index.ts";
import { cliError } from "../errors.ts";
import type { BackEndPlace } from "./back-end-place.ts";

/** Volumes as directories below `--root`, looked after by another process of this very program. */
export function directoryBackEnd({ settings, surroundings, env, log }: BackEndPlace): () => DirectoryBackEnd {
  const { root, scope, stateDirectory } = settings;
  if (root === undefined) throw cliError("SETTING_INVALID", "--root is missing: the directory that holds the volumes");
  const remember = path.join(stateDirectory, "store.json");
  const words = [surroundings.scriptPath, "driver", "store", "--root", root, "--remember", remember];
  return () => new DirectoryBackEnd({ scope, worker: [process.execPath, ...words], env, log });
}
