import { describe, expect, it, test } from "vitest";
import { loopConfigFile, settingsOf } from "./config.ts";

function read(given: object, { env = {}, directories = [] as string[] } = {}) {
  return settingsOf(loopConfigFile.parse(given), { env, isDirectory: (path) => directories.includes(path) });
}

describe("the loop's settings", () => {
  it("are the original's where nothing is said", () => {
    const { settings, warnings } = read({});
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      mode: "write",
      writeStep: 2,
      sleepMs: 1000,
      filePath: "/mnt/data/file1",
      stateDir: "/mnt/data",
      refuseOpenWrites: false,
      sizeBytes: 5 * 2 ** 30,
      blockBytes: 128 * 1024,
      direct: "auto",
      sync: "fdatasync",
      verifyPath: "auto",
    });
    expect(settings.patterns.map(({ text }) => text)).toEqual(["0x0123456789abcdef"]);
    expect(settings.metrics).toBeUndefined();
  });

  test.each<[given: object, settings: object]>([
    [{ io_mode: "verify" }, { mode: "verify" }],
    [{ io_write_step: 4 }, { writeStep: 4 }],
    [{ io_write_step: "4" }, { writeStep: 4 }],
    [{ iteration_sleep: 0.5 }, { sleepMs: 500 }],
    [{ iteration_sleep: "5" }, { sleepMs: 5000 }],
    [{ io_file: "/a/b" }, { filePath: "/a/b", stateDir: "/a" }],
    [{ io_file_path: "/a/b" }, { filePath: "/a/b" }],
    [{ io_file: "/a/b", io_file_path: "/a/b" }, { filePath: "/a/b" }],
    [{ io_data_path: "/a" }, { filePath: "/a/file1" }],
    [{ io_data_path: "/a/", io_file_name: "b", io_file: "/a/b" }, { filePath: "/a/b" }],
    [{ io_file_name: "b" }, { filePath: "/mnt/data/b" }],
    [{ io_transaction_log_dir: "/trn" }, { stateDir: "/trn" }],
    [{ io_crash_on_wal_detection: true }, { refuseOpenWrites: true }],
    [{ io_crash_on_wal_detection: "True" }, { refuseOpenWrites: true }],
    [{ io_file_size: "4Gi" }, { sizeBytes: 4 * 2 ** 30 }],
    [{ io_file_size: "512M" }, { sizeBytes: 512 * 2 ** 20 }],
    [{ io_file_size: "1.5m" }, { sizeBytes: 1.5 * 2 ** 20 }],
    [{ io_file_size: "2MiB" }, { sizeBytes: 2 * 2 ** 20 }],
    [{ io_file_size: 1_048_576 }, { sizeBytes: 2 ** 20 }],
    [{ io_block_size: "4Ki" }, { blockBytes: 4096 }],
    [
      { io_direct: "off", io_sync: "fsync", io_verify_path: "buffered" },
      { direct: "off", sync: "fsync" },
    ],
    [{ io_rate: "10Mi" }, { rateBytesPerSecond: 10 * 2 ** 20 }],
    [{ metrics_port: 9090 }, { metrics: { port: 9090, address: "127.0.0.1" } }],
    [{ metrics_port: 9090, metrics_address: "0.0.0.0" }, { metrics: { port: 9090, address: "0.0.0.0" } }],
  ])("%j", (given, settings) => {
    expect(read(given).settings).toMatchObject(settings);
  });

  test.each<[env: Record<string, string>, directories: string[], given: object, settings: object]>([
    [{ IO_DATA_PATH: "/d" }, [], {}, { filePath: "/d/file1", stateDir: "/d" }],
    [{ IO_DATA_PATH: "/d" }, [], { io_file_name: "b" }, { filePath: "/d/b" }],
    [{ IO_DATA_PATH: "/d" }, [], { io_file: "/a/b" }, { filePath: "/a/b" }],
    [{ IO_DATA_PATH: "" }, [], {}, { filePath: "/mnt/data/file1" }],
    [{ IO_TRANSACTION_LOG_DIR: "/t" }, ["/mnt/trn"], {}, { stateDir: "/t" }],
    [{ IO_TRANSACTION_LOG_DIR: "/t" }, [], { io_transaction_log_dir: "/u" }, { stateDir: "/u" }],
    [{}, ["/mnt/trn"], {}, { stateDir: "/mnt/trn" }],
  ])("%j, %j, %j", (env, directories, given, settings) => {
    expect(read(given, { env, directories }).settings).toMatchObject(settings);
  });

  test.each<[given: object, warning: RegExp]>([
    [{ iteration_sleep: "5" }, /iteration_sleep is given as text, "5"/],
    [{ io_write_step: "2" }, /io_write_step is given as text/],
    [{ io_crash_on_wal_detection: "false" }, /given as text/],
    [{ io_mode: "wirte" }, /io_mode is "wirte": anything but "write" verifies only/],
    [{ io_fill_percent: 50 }, /never had an effect/],
    [{ io_write_step: 1 }, /verifies at the start only/],
    [{ io_file_size: "5GB" }, /powers of 1024/],
    [{ io_file_size: 1_000_000 }, /917504 bytes are used/],
  ])("%j is taken with a warning", (given, warning) => {
    expect(read(given).warnings).toEqual([expect.stringMatching(warning)]);
  });

  test.each<[given: object, detail: RegExp]>([
    [{ io_file: "/a/b", io_file_path: "/a/c" }, /\/a\/b and \/a\/c/],
    [{ io_file: "/a/b", io_data_path: "/c" }, /\/a\/b and \/c\/file1/],
    [{ io_file_size: 4096 }, /io_file_size is 4096; it must be from one io_block_size/],
    [{ io_file_size: "9T" }, /up to|to 8Ti/],
    [{ io_block_size: 1000 }, /multiple of 4096/],
    [{ io_block_size: "8Mi" }, /multiple of 4096/],
    [{ io_patterns: ["%o"] }, /io_patterns is "%o"/],
  ])("%j is refused", (given, detail) => {
    expect(() => read(given)).toThrow(detail);
    expect(() => read(given)).toThrow(expect.objectContaining({ code: "INTEGRITY_LOOP_CONFIG", exit: 2 }));
  });

  test.each<[given: object]>([
    [{ io_mood: "write" }],
    [{ io_patterns: [] }],
    [{ io_patterns: [5] }],
    [{ io_patterns: "0xff" }],
    [{ io_write_step: 0 }],
    [{ io_write_step: 1.5 }],
    [{ iteration_sleep: -1 }],
    [{ iteration_sleep: "soon" }],
    [{ io_file: "file1" }],
    [{ io_file_name: "a/b" }],
    [{ io_file_size: "big" }],
    [{ io_file_size: "10%" }],
    [{ io_crash_on_wal_detection: "maybe" }],
    [{ io_direct: true }],
    [{ metrics_port: 70_000 }],
  ])("%j is no configuration", (given) => {
    expect(loopConfigFile.safeParse(given).success).toBe(false);
  });
});
