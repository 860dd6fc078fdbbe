import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { messageOf, systemCode } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { MountPoint } from "../../core/mount-info.ts";
import { driverError } from "../errors.ts";
import { seal, unseal } from "../sealed.ts";
import { type Reference, References } from "./references.ts";
import { replaceFile, Saver } from "./whole-file.ts";

/** What tells one mount from another, in the words of proc_pid_mountinfo(5). */
export type MountSignature = Pick<MountPoint, "device" | "root" | "type">;

const FORMAT = 1;
const count = z.int().min(1);
const stateSchema = z.object({
  format: z.literal(FORMAT),
  /** Counts and mounts of another boot mean nothing. */
  bootId: z.string(),
  epoch: z.int().min(1),
  references: z.record(
    z.string(),
    z.record(z.string(), z.object({ count, epoch: z.int().min(1), isDoubtful: z.literal(true).optional() })),
  ),
  mounts: z.record(z.string(), z.object({ device: z.string(), root: z.string(), type: z.string() })),
  /** Written last by a driver that has answered everybody. */
  isFinal: z.boolean().default(false),
});

/** What this host has mounted, and for whom; kept on disk. */
export class HostState {
  readonly references: References;
  /** What the driver has mounted, by volume. */
  readonly mounts: Map<string, MountSignature>;
  readonly #saver: Saver;
  #isFinal = false;

  constructor(
    store: (text: string) => Promise<void>,
    bootId: string,
    known?: Pick<HostState, "references" | "mounts">,
  ) {
    this.references = known?.references ?? new References();
    this.mounts = known?.mounts ?? new Map<string, MountSignature>();
    this.#saver = new Saver(() => store(this.#text(bootId)));
  }

  /** @throws SeatrialError STATE_UNUSABLE */
  async save(): Promise<void> {
    try {
      await this.#saver.save();
    } catch (error) {
      throw driverError("STATE_UNUSABLE", `the state cannot be saved: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * Saves it for the last time. Final is only what no call is about to change: one that was told that the driver ends may
   * still be counted, or not be counted yet. @throws SeatrialError STATE_UNUSABLE
   */
  async close(isSettled: boolean): Promise<void> {
    this.#isFinal = isSettled;
    await this.save();
  }

  #text(bootId: string): string {
    const references = [...this.references.entries()].map(([name, ids]) => [name, Object.fromEntries(ids)] as const);
    const state: z.infer<typeof stateSchema> = {
      ...{ format: FORMAT, bootId, epoch: this.references.epoch },
      references: Object.fromEntries(references),
      mounts: Object.fromEntries(this.mounts),
      isFinal: this.#isFinal,
    };
    return seal(state);
  }
}

/** Where the state is kept, and what is said about it. */
export interface StatePlace {
  directory: string;
  clock: Pick<Clock, "wallTime">;
  log: Log;
  /** Whether doubt can ever end: where nobody can tell who has a volume, what was counted is believed. */
  seesContainers: boolean;
}

/** Reads the state. One that cannot be read is kept beside, and the driver goes on with what it finds mounted. */
export function openState({ directory, clock, log, seesContainers }: StatePlace): HostState {
  const file = path.join(directory, "state.json");
  const bootId = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const store = (text: string) => replaceFile(file, text);
  const text = readIfThere(file);
  if (text === undefined) return new HostState(store, bootId);
  const read = parseState(text);
  if (typeof read !== "string") {
    const known = knownOf(read, bootId);
    if (seesContainers && !read.isFinal) known.references.doubt();
    return new HostState(store, bootId, known);
  }
  const aside = `${file}.broken-${clock.wallTime().toISOString().replaceAll(":", "-")}`;
  fs.renameSync(file, aside);
  log("error", "state-unreadable", {
    ...{ file, detail: read, keptAs: aside },
    consequence: "references are lost; mounts are taken from the kernel, volumes from the back end; nothing is deleted",
  });
  return new HostState(store, bootId);
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw driverError("STATE_UNUSABLE", `${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** The state, or why there is none in the text. */
function parseState(text: string): z.infer<typeof stateSchema> | string {
  try {
    const parsed = stateSchema.safeParse(unseal(text));
    return parsed.success ? parsed.data : z.prettifyError(parsed.error);
  } catch (error) {
    return messageOf(error);
  }
}

function knownOf(state: z.infer<typeof stateSchema>, bootId: string): Pick<HostState, "references" | "mounts"> {
  const volumes = Object.entries(state.references).map(
    ([name, ids]) => [name, new Map<string, Reference>(Object.entries(ids))] as const,
  );
  if (state.bootId !== bootId) return { references: new References(state.epoch), mounts: new Map() };
  return {
    references: new References(state.epoch, new Map(volumes)),
    mounts: new Map(Object.entries(state.mounts)),
  };
}
