import type { VolumeDriver } from "./driver.ts";
import type { Tools } from "./tools.ts";
import type { Remembered } from "./state-file.ts";

/**
 * Brings together what was remembered and what the kernel shows. Mounted and held: as it was. Held and not mounted, as
 * after a reboot: held by nobody. Mounted and held by nobody: a mount whose caller never had an answer, so it goes;
 * but where the memory is gone somebody may well use it, so it stays until the next Unmount or Remove.
 */
export async function reconcile(tools: Tools, driver: VolumeDriver, remembered: Remembered): Promise<void> {
  const { references, catalogue, mounts, backEnd, settings, log } = tools;
  const mounted = await mounts.mounted();
  await backEnd.start(settings.host, mounted);
  if (remembered.kind === "state") {
    const { epoch, references: held, volumes } = remembered.state;
    for (const [name, known] of Object.entries(volumes)) catalogue.learn(name, known);
    references.restore(epoch, held);
  } else if (remembered.kind === "lost" || mounted.length > 0) {
    const why = remembered.kind === "lost" ? remembered.why : "there is none";
    log(
      `WARNING: the state is lost (${why}); ${mounted.length} volumes are mounted and stay so until they are unmounted`,
    );
  }
  for (const name of references.held().filter((held) => !mounted.includes(held))) references.clear(name);
  if (remembered.kind === "state") for (const name of mounted) driver.settle(name);
  await driver.list();
}
