import { createInterface } from "node:readline";

import { createSystemClock } from "../../../core/clock.ts";
import { messageOf, SeatrialError } from "../../../core/errors.ts";
import type { DirectoryOptions } from "./options.ts";
import { VolumeStore } from "./volume-store.ts";

/** What the driver asks of a worker, one JSON object a line. */
export type WorkerCommand = { id: number } & (
  | { call: "list" | "empty-trash" }
  | { call: "create"; name: string; options: DirectoryOptions }
  | { call: "remove" | "describe" | "hold" | "let-go"; name: string }
);

/** What the worker says to it, in the order in which it was asked. */
export interface WorkerAnswer {
  id: number;
  value?: unknown;
  error?: { code: string | undefined; message: string };
}

/** The process that touches the file system of the volumes; it ends with its input. */
export async function serveVolumeStore(
  places: { root: string; rememberedFile: string },
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<void> {
  const store = new VolumeStore(places.root, places.rememberedFile, createSystemClock());
  for await (const line of createInterface({ input })) {
    const command = JSON.parse(line) as WorkerCommand;
    output.write(`${JSON.stringify(answer(store, command))}\n`);
  }
}

function answer(store: VolumeStore, command: WorkerCommand): WorkerAnswer {
  const { id } = command;
  try {
    return { id, value: obey(store, command) };
  } catch (error) {
    const code = error instanceof SeatrialError ? error.code : undefined;
    return { id, error: { code, message: messageOf(error) } };
  }
}

function obey(store: VolumeStore, command: WorkerCommand): unknown {
  switch (command.call) {
    case "list":
      return store.list();
    case "create":
      return store.create(command.name, command.options);
    case "remove":
      return store.remove(command.name);
    case "describe":
      return store.describe(command.name);
    case "hold":
      return store.hold(command.name);
    case "let-go":
      return store.letGo(command.name);
    case "empty-trash":
      return store.emptyTrash();
  }
}
