import { checkFioJob, type FioJob } from "./job.ts";
import { FIO_MODES } from "./modes.ts";

/** fio's command line for one job, as an array. @throws INTEGRITY_FIO_JOB for values that fio would read otherwise */
export function fioArguments(job: FioJob): string[] {
  checkFioJob(job);
  const { options } = FIO_MODES[job.mode];
  return [
    "--name=seatrial",
    // Without it the job is a process of its own, which goes on writing when fio itself is killed.
    "--thread",
    `--filename=${escapeFileName(job.file)}`,
    `--bs=${job.blockBytes}`,
    `--ioengine=${job.engine}`,
    `--iodepth=${job.depth}`,
    `--direct=${job.direct ? 1 : 0}`,
    "--allow_file_create=0",
    "--verify_state_save=0",
    "--eta=never",
    "--output-format=json",
    ...options(job.generation, job.blockBytes),
    ...(job.kind === "write" ? writeArguments(job) : verifyArguments(job)),
  ];
}

function writeArguments({ order, sizeBytes }: FioJob): string[] {
  return [
    `--rw=${order === "random" ? "randwrite" : "write"}`,
    `--size=${sizeBytes}`,
    "--do_verify=0",
    "--end_fsync=1",
  ];
}

function verifyArguments({ mode, order, sizeBytes }: FioJob): string[] {
  const common = ["--do_verify=1", "--continue_on_error=verify"];
  if (FIO_MODES[mode].verifyBy === "replay")
    return [...common, `--rw=${order === "random" ? "randwrite" : "write"}`, "--verify_only=1", `--size=${sizeBytes}`];
  // A file shorter than --size is unlinked by fio 3.33 before it is read, also with allow_file_create=0: without --size
  // and with --readonly the evidence stays, and the bytes that were read tell that some are missing.
  return [...common, `--rw=${order === "random" ? "randread" : "read"}`, "--readonly"];
}

/** fio takes a colon for the end of one file's name and the beginning of the next one's. */
function escapeFileName(file: string): string {
  return file.replaceAll(":", String.raw`\:`);
}
