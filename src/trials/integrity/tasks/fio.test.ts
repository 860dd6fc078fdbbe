import { expect, test, vi } from "vitest";
import { taskContext } from "../../../../test/fixtures/task-context.ts";
import { fioTasks } from "./fio.ts";

const call = async (name: string, input: object) => fioTasks[name]?.(input as never, taskContext());

test("a place without fio is told by its code", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const missing = expect.objectContaining({ code: "INTEGRITY_FIO_MISSING" });
  await expect(call("integrity.fio-probe", { directory: "/tmp" })).rejects.toThrow(missing);
  vi.unstubAllEnvs();
});

test("a job is checked before anything is made", async () => {
  const job = { kind: "write", file: "/nowhere/a;b", sizeBytes: 4096, blockBytes: 4096 };
  await expect(call("integrity.fio", job)).rejects.toThrow(expect.objectContaining({ code: "INTEGRITY_FIO_JOB" }));
});
