import fs from "node:fs";
import type { TaskContext, TaskTable } from "../../../agent/protocol.ts";
import { type ActInput, createWriter, type PrepareInput } from "./act.ts";
import { type LookInput, look, peek } from "./look.ts";
import { databaseMake, databaseRun } from "./scenarios/database.ts";
import { createRace, lockLoop } from "./scenarios/exclusion.ts";
import { awaitText, largeCheck, largeMake, manyChange, manyCheck, putText } from "./scenarios/files.ts";
import { actMany, lookMany } from "./scenarios/ladder.ts";
import { stressRead, stressReadLast, stressWrite } from "./scenarios/reads-under-writing.ts";
import { watch } from "./watch.ts";

/** What an agent can do for the visibility trial; one table per agent, since a writer remembers what it has prepared. */
export function createVisibilityTasks(): TaskTable {
  const writer = createWriter();
  return {
    "visibility.prepare": (input: PrepareInput, context: TaskContext) => {
      writer.clean();
      writer.prepare(input, context);
    },
    "visibility.prepare-many": ({ items }: { items: PrepareInput[] }, context: TaskContext) => {
      writer.clean();
      for (const item of items) writer.prepare(item, context);
    },
    "visibility.act": (input: ActInput, context: TaskContext) => writer.act(input, context),
    "visibility.act-many": (input: { items: ActInput[] }, context: TaskContext) => actMany(writer, input, context),
    "visibility.clean": () => writer.clean(),
    "visibility.peek": (input: LookInput, context: TaskContext) => peek(input, context),
    "visibility.look": (input: LookInput, context: TaskContext) => look(input, context),
    "visibility.look-many": lookMany,
    "visibility.watch": (input: LookInput, context: TaskContext) => watch(input, context),
    "visibility.make-directory": ({ path }: { path: string }) => void fs.mkdirSync(path, { recursive: true }),
    "visibility.stress-write": stressWrite,
    "visibility.stress-read": stressRead,
    "visibility.stress-read-last": stressReadLast,
    "visibility.lock-loop": lockLoop,
    "visibility.create-race": createRace,
    "visibility.many-change": manyChange,
    "visibility.many-check": manyCheck,
    "visibility.large-make": largeMake,
    "visibility.large-check": largeCheck,
    "visibility.await-text": awaitText,
    "visibility.put-text": putText,
    "visibility.database-make": databaseMake,
    "visibility.database-run": databaseRun,
  };
}
