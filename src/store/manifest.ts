import { z } from "zod";
import { messageOf } from "../core/errors.ts";
import type { TrialPlan } from "../core/trial.ts";
import { storeError } from "./errors.ts";
import { RUN_ID, TRIAL_ID } from "./layout.ts";
import { HISTORY_FORMAT, MANIFEST_FORMAT, migration } from "./migrations.ts";

const facts = z.array(z.tuple([z.string(), z.string()]));

const bind = z.object({
  source: z.string(),
  target: z.string(),
  readOnly: z.boolean().optional(),
  make: z.enum(["directory", "file"]).optional(),
});

const container = z.object({
  name: z.string(),
  binds: z.array(bind),
  tmpfs: z.array(z.string()),
  image: z.string().optional(),
});

/** A fault as it is stored in plans and histories. */
export const plannedFaultSchema = z.object({
  id: z.string(),
  kind: z.string(),
  spec: z.unknown().optional(),
  environment: z.string(),
  startMs: z.number(),
  durationMs: z.number(),
});

const plan = z.object({
  environments: z.array(z.object({ name: z.string(), containers: z.array(container) })),
  workdirParent: z.string().optional(),
  faults: z.array(plannedFaultSchema),
  steps: z.unknown().optional(),
  estimate: z.object({ durationMs: z.number(), operations: z.number() }),
});

const manifestSchema = z.object({
  schemaVersion: z.literal(MANIFEST_FORMAT.version),
  historyVersion: z.number(),
  runId: z.string().regex(RUN_ID),
  kind: z.enum(["run", "import"]),
  startedAt: z.iso.datetime(),
  seed: z.string(),
  command: z.string(),
  versions: z.object({ seatrial: z.string(), node: z.string() }),
  host: facts,
  runtime: z.object({ id: z.string(), facts }),
  trials: z.array(
    z.object({ id: z.string().regex(TRIAL_ID), options: z.unknown().optional(), plan, command: z.string() }),
  ),
  source: z.object({ importer: z.string(), file: z.string(), sha256: z.string() }).optional(),
});

/** The published form of a manifest (JSON Schema, draft 2020-12), for tools in other languages. */
export function manifestJsonSchema(): object {
  return { ...z.toJSONSchema(manifestSchema, { io: "input" }), title: "Seatrial manifest" };
}

/** One trial as it was planned: everything needed to judge it again without the one who ran it. */
export interface ManifestTrial {
  id: string;
  /** After defaults; the trial's own schema must accept them again. */
  options: unknown;
  plan: TrialPlan;
  /** The command that repeats just this trial. */
  command: string;
}

/** What is known before the first operation; written first and never changed. */
export interface Manifest {
  schemaVersion: number;
  historyVersion: number;
  runId: string;
  /** `import` for runs made of another tool's report: no runtime was used and no seed repeats them. */
  kind: "run" | "import";
  /** ISO 8601, UTC. */
  startedAt: string;
  seed: string;
  command: string;
  versions: { seatrial: string; node: string };
  host: [string, string][];
  runtime: { id: string; facts: [string, string][] };
  trials: ManifestTrial[];
  source?: { importer: string; file: string; sha256: string } | undefined;
}

/** The caller's part of a manifest; the store adds the id and the versions of its formats. */
export type ManifestDraft = Omit<Manifest, "schemaVersion" | "historyVersion" | "runId">;

/** A manifest in the newest format. */
export function completeManifest(draft: ManifestDraft, runId: string): Manifest {
  return { schemaVersion: MANIFEST_FORMAT.version, historyVersion: HISTORY_FORMAT.version, runId, ...draft };
}

/** Reads a manifest's text. @throws RUN_UNREADABLE or RUN_VERSION_UNSUPPORTED, both naming `file`. */
export function parseManifest(text: string, file: string): Manifest {
  const document = parseJson(text, file);
  const version = (document as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (version === undefined)
    throw storeError("RUN_UNREADABLE", `${file} has no schemaVersion: it is no manifest of seatrial`);
  const parsed = manifestSchema.safeParse(migration(MANIFEST_FORMAT, version)(document));
  if (!parsed.success)
    throw storeError("RUN_UNREADABLE", `${file} is not as it should be:\n${z.prettifyError(parsed.error)}`);
  return parsed.data as Manifest;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw storeError("RUN_UNREADABLE", `${file} is not JSON: ${messageOf(error)}`);
  }
}
