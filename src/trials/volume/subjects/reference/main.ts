import { hostname } from "node:os";
import { GOOD_PARTS } from "./parts.ts";
import { readSettings } from "./settings.ts";
import { startDriver } from "./start.ts";

// A volume driver over directories: `node reference-driver.cjs --socket S --state DIRECTORY --root DIRECTORY`.

const log = (line: string): void => void process.stderr.write(`${line}\n`);

async function serveUntilTold(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), hostname());
  const driver = await startDriver(settings, GOOD_PARTS, log);
  const stop = () =>
    void driver.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

serveUntilTold().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
