import { defineErrors, EXIT, errorsOf } from "../../../core/errors.ts";

export const LOOP_ERRORS = defineErrors({
  INTEGRITY_LOOP_CONFIG: {
    title: "The loop's configuration holds something that cannot be",
    remedy: "Correct what the message names; `seatrial schema integrity-loop` prints all keys.",
    exit: EXIT.usage,
  },
  INTEGRITY_LOOP_CONFIG_UNREADABLE: {
    title: "The loop's configuration cannot be read",
    remedy: "Name a readable file with --config or IO_CONFIG_PATH; without either it is /mnt/config/config.json.",
    exit: EXIT.usage,
  },
  INTEGRITY_LOOP_METRICS: {
    title: "The metrics cannot be served",
    remedy: "Choose another metrics_port, or leave it out.",
    exit: EXIT.lab,
  },
  INTEGRITY_LOOP_NO_STATE: {
    title: "There is data, and nothing that says what it should hold",
    remedy:
      "Give the directory of the journal, or of what the original left, as io_transaction_log_dir; or move the data file away, and a new one is begun.",
    exit: EXIT.lab,
  },
  INTEGRITY_LOOP_OPEN_WRITE: {
    title: "The last writer was killed while it wrote, and the configuration says to stop there",
    remedy:
      "Look at what you want to see; then set io_crash_on_wal_detection to false, and the data is verified and used.",
    exit: EXIT.lab,
  },
  INTEGRITY_LOOP_DIRECT: {
    title: "The file system refuses O_DIRECT",
    remedy: 'Set io_direct and io_verify_path to "auto": the page cache is then used, and the log says so.',
    exit: EXIT.usage,
  },
  INTEGRITY_LOOP_UNREADABLE: {
    title: "The data file may not be opened",
    remedy: "Run as a user who may read and write it, or correct its owner and mode.",
    exit: EXIT.lab,
  },
  INTEGRITY_LOOP_DATA_DIR: {
    title: "The directory of the data file is not there",
    remedy: "Mount the volume under trial there, or name another place with io_data_path or io_file.",
    exit: EXIT.lab,
  },
  INTEGRITY_LOOP_SUPPLANTED: {
    title: "Another process has taken the lock over",
    remedy: "Nothing; the other process goes on. Make sure that only one is started.",
    exit: EXIT.lab,
  },
});

export const loopError = errorsOf(LOOP_ERRORS);
