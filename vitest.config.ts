import { defineConfig } from "vitest/config";

/**
 * Files that measure milliseconds, or find what dead labs have left on the whole machine: another one beside them would be
 * measured or swept too. A new file belongs here only if it does so.
 */
const ALONE = [
  "test/e2e/command.test.ts",
  "test/e2e/docker.test.ts",
  "test/integration/disk/disk-process.test.ts",
  "test/integration/docker/*.test.ts",
  "test/integration/embedded/*.test.ts",
  "test/integration/fuse/*.test.ts",
  "test/integration/integrity/{crashes,killed-writer,loop,matrix,read-faults,refusals}.test.ts",
  "test/integration/lab/child.test.ts",
  "test/integration/visibility/*.test.ts",
];

/** Real engines, mounts and processes, and the command as a user has it. */
const real = { testTimeout: 120_000, hookTimeout: 120_000, globalSetup: ["./test/command-setup.ts"] };

export default defineConfig({
  test: {
    globalSetup: ["./test/global-setup.ts"],
    setupFiles: ["./test/property-seed.ts"],
    reporters: ["default", "./test/count-reporter.ts"],
    restoreMocks: true,
    // Only what never comes takes this long; a machine that is busy with something else is no defect.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["src/**/*.test.ts", "test/*.test.ts"], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          ...real,
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/e2e/**/*.test.ts"],
          exclude: ALONE,
          // They wait more than they compute, and none looks at what is another's.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { ...real, name: "alone", include: ALONE, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
