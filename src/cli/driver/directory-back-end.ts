import path from "node:path";
import { DirectoryBackEnd } from "../../driver/backends/directory/index.ts";
import type { BackEndPlace } from "./serve.ts";

/** Volumes as directories below `--root`, looked after by another process of this very program. */
export function directoryBackEnd({ settings, surroundings, env, log }: BackEndPlace): () => DirectoryBackEnd {
  const { root, scope, stateDirectory } = settings;
  const remember = path.join(stateDirectory, "store.json");
  const words = [surroundings.scriptPath, "driver", "store", "--root", root, "--remember", remember];
  return () => new DirectoryBackEnd({ scope, worker: [process.execPath, ...words], env, log });
}
