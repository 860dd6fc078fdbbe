import { z } from "zod";
import type { Owner } from "../core/runtime.ts";
import { readLines } from "./lines.ts";

const ownerLine = z.object({ version: z.literal(1), runId: z.string().min(1), lab: z.string().min(1) });
const thing = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("directory"), path: z.string().startsWith("/") }),
  z.object({ kind: z.literal("mount"), path: z.string().startsWith("/") }),
  z.object({ kind: z.literal("process"), pid: z.int().min(2), startTicks: z.string().regex(/^\d+$/) }),
]);
const announced = z.intersection(z.object({ id: z.int() }), thing);
const done = z.strictObject({ done: z.int() });

/** What a lab may leave behind: a directory, a mount (absolute paths), or a process by number and start. */
export type Thing = z.infer<typeof thing>;

/** A ledger as far as it can be read. Without an owner nobody can say whether what it names is left over. */
export interface LedgerContent {
  owner: Owner | undefined;
  /** Announced and not crossed out, in the order of their making. */
  things: Thing[];
  /** Lines that say nothing. A torn last one is none: what it would have announced was never made. */
  problems: string[];
}

/** Reads a ledger that its lab may have been killed in the middle of writing. */
export function readLedger(file: string): LedgerContent {
  const content: LedgerContent = { owner: undefined, things: [], problems: [] };
  const open = new Map<number, Thing>();
  for (const { number, text, state } of readLines(file)) {
    const line = state === "whole" ? parsed(text) : undefined;
    const owner = ownerLine.safeParse(line);
    const entry = announced.safeParse(line);
    const crossed = done.safeParse(line);
    if (number === 1 && owner.success) content.owner = { runId: owner.data.runId, lab: owner.data.lab };
    else if (entry.success) open.set(entry.data.id, thing.parse(entry.data));
    else if (crossed.success) open.delete(crossed.data.done);
    else if (state !== "torn") content.problems.push(`line ${number} cannot be read`);
  }
  content.things = [...open.values()];
  return content;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
