import { isDeepStrictEqual } from "node:util";
import { SeatrialError } from "../../../core/errors.ts";
import type { LoopSettings, ReadConfig } from "./config.ts";
import type { LoopTools } from "./loop-tools.ts";

/** The configuration, read again as often as asked. */
export interface ConfigWatch {
  /** As last read without an error. */
  readonly settings: LoopSettings;
  /** Reads again; a file that is broken or gone leaves all as it was. Says each change and each trouble once. */
  reload(): LoopSettings;
}

/** What is bound to the journal and the endpoint that are open. */
const FIXED = ["filePath", "stateDir", "metrics"] as const;

/** Reads for the first time. @throws what `read` throws */
export function watchConfig(read: () => ReadConfig, { log, metrics }: Pick<LoopTools, "log" | "metrics">): ConfigWatch {
  const first = read();
  const said = new Set<string>();
  const warnOnce = (event: string, fields: Readonly<Record<string, string>>) => {
    const line = JSON.stringify([event, fields]);
    if (!said.has(line)) log("warn", event, fields);
    said.add(line);
  };
  let settings = first.settings;
  let trouble: string | undefined;
  const accept = ({ settings: next, warnings }: ReadConfig): void => {
    for (const warning of warnings) warnOnce("config-warning", { warning });
    for (const key of FIXED)
      if (!isDeepStrictEqual(next[key], settings[key]))
        warnOnce("config-needs-restart", { key, detail: `${key} has changed, which takes effect at the next start` });
    const kept = { ...next, filePath: settings.filePath, stateDir: settings.stateDir };
    const changed = changedKeys(settings, kept);
    if (changed.length > 0) log("info", "config-changed", { keys: changed });
    settings = kept;
  };
  accept(first);
  const reload = (): LoopSettings => {
    try {
      accept(read());
      if (trouble !== undefined) log("info", "config-readable-again");
      trouble = undefined;
    } catch (error) {
      if (!(error instanceof SeatrialError)) throw error;
      metrics.reloadFailures.add(1);
      if (trouble !== error.message)
        log("error", "config-reload-failed", { code: error.code, detail: error.message, kept: "the last good one" });
      trouble = error.message;
    }
    return settings;
  };
  return {
    get settings() {
      return settings;
    },
    reload,
  };
}

function changedKeys(before: LoopSettings, after: LoopSettings): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof LoopSettings>;
  return [...keys].filter((key) => key !== "metrics" && !isDeepStrictEqual(before[key], after[key]));
}
