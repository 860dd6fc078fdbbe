import { runFio } from "../../src/trials/integrity/fio/process.ts";

/** What is measured of a job. */
export interface FioFigures {
  bytesPerSecond: number;
  iops: number;
}

/** One job of fio on `file`, by libaio past the page cache. @throws Error with what it said when it did not end well */
export async function measureFio(
  file: string,
  kind: "read" | "write",
  options: readonly string[],
): Promise<FioFigures> {
  const { exitStatus, stdout, stderr } = await runFio(
    "fio",
    [
      ...["--name=bench", "--thread", `--filename=${file}`, "--ioengine=libaio", "--iodepth=32", "--direct=1"],
      ...["--allow_file_create=0", "--verify_state_save=0", "--eta=never", "--output-format=json", ...options],
    ],
    new AbortController().signal,
  );
  if (exitStatus !== 0 || stderr !== "") throw new Error(`fio ${options.join(" ")}: ${exitStatus} ${stderr}`);
  const { jobs } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
    jobs: Record<"read" | "write", { bw_bytes: number; iops: number }>[];
  };
  const figures = jobs[0]?.[kind];
  if (!figures) throw new Error("fio tells of no job");
  return { bytesPerSecond: figures.bw_bytes, iops: figures.iops };
}
