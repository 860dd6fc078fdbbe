import { storeError } from "./errors.ts";

/** Steps by the version they start from; each lifts a stored value to the next version. */
export type Migrations = Readonly<Record<number, (old: unknown) => unknown>>;

/** One stored format: its newest version and the way up from each older one. */
export interface StoredFormat {
  readonly name: string;
  readonly version: number;
  readonly migrations: Migrations;
}

export const MANIFEST_FORMAT: StoredFormat = { name: "manifest", version: 1, migrations: {} };
/** Holds for `lab.ndjson` and for every trial's history; the steps lift one event. */
export const HISTORY_FORMAT: StoredFormat = { name: "history", version: 1, migrations: {} };

/**
 * The function that lifts values of one version to the newest; made once, applied to each.
 * @throws RUN_VERSION_UNSUPPORTED when the version is newer than this program or no way leads up from it.
 */
export function migration(format: StoredFormat, version: unknown): (stored: unknown) => unknown {
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1)
    throw storeError("RUN_VERSION_UNSUPPORTED", `${format.name} version ${JSON.stringify(version)} is none`);
  const steps: ((old: unknown) => unknown)[] = [];
  for (let from = version; from < format.version; from++) {
    const step = format.migrations[from];
    if (!step) throw unsupported(format, version);
    steps.push(step);
  }
  if (version > format.version) throw unsupported(format, version);
  return (stored) => steps.reduce((value, step) => step(value), stored);
}

function unsupported(format: StoredFormat, version: number) {
  const detail = `${format.name} version ${version} cannot be read here: this seatrial reads up to version ${format.version}`;
  return storeError("RUN_VERSION_UNSUPPORTED", detail);
}
