import { readFile } from "node:fs/promises";
import type { Engine } from "./connect.ts";
import { bootIdOf } from "./container.ts";
import type { ContainerSetting } from "./container-options.ts";
import { fail } from "./errors.ts";
import { type EngineInfo, engineInfo, isRootless, productOf, sharesKernel } from "./facts.ts";

/**
 * Makes sure that a device of this machine is the same device to the engine. By the boot id, which no two kernels share:
 * on another one the device's name may be that of somebody else's data.
 * @throws DISKS_ELSEWHERE
 */
export async function requireSameKernel(
  engine: Engine,
  setting: Omit<ContainerSetting, "disks">,
  signal: AbortSignal,
): Promise<void> {
  const { address } = engine.candidate;
  const lack = noDisksBecause(engine, await engineInfo(engine, signal));
  if (lack !== "") throw fail("DISKS_ELSEWHERE", lack);
  const own = (await readFile("/proc/sys/kernel/random/boot_id", "latin1")).trim();
  const theirs = await bootIdOf(engine, setting);
  signal.throwIfAborted();
  if (theirs !== own)
    throw fail(
      "DISKS_ELSEWHERE",
      `the engine at ${address} runs on a kernel that was booted as ${theirs}, this one as ${own}`,
    );
}

/** Why the engine cannot mount a device of this machine, as far as it tells by itself; "" where nothing speaks against it. */
export function noDisksBecause(engine: Engine, info: EngineInfo): string {
  const { address } = engine.candidate;
  const product = productOf(engine);
  // Podman makes an ordinary volume of one that has a device and no name, and says nothing.
  if (product !== "Docker Engine") return `the engine at ${address} is ${product}, which does not mount devices for us`;
  if (!sharesKernel(engine)) return `the engine at ${address} runs on another kernel`;
  return isRootless(info) ? `the engine at ${address} is rootless, and may mount no device` : "";
}
