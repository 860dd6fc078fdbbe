import { hostname } from "node:os";
import { mutants } from "./mutants/index.ts";
import { GOOD_PARTS, type Parts } from "./parts.ts";
import { readSettings } from "./settings.ts";
import { startDriver } from "./start.ts";

// A volume driver over directories: `node reference-driver.cjs --socket S --state DIRECTORY --root DIRECTORY`.

const log = (line: string): void => void process.stderr.write(`${line}\n`);

async function serveUntilTold(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), hostname());
  const driver = await startDriver(settings, partsOf(settings.defect), log);
  const stop = () =>
    void driver.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

/** @throws Error for a defect that nobody knows */
function partsOf(defect: string | undefined): Parts {
  if (defect === undefined) return GOOD_PARTS;
  const mutant = mutants.find(({ id }) => id === defect);
  if (!mutant) throw new Error(`--defect must be one of ${mutants.map(({ id }) => id).join(", ")}`);
  return { ...GOOD_PARTS, ...mutant.parts };
}

serveUntilTold().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
