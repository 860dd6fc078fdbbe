import type { PreflightCheck } from "../../core/runtime.ts";
import type { Engine } from "./connect.ts";
import { diskPreflight } from "../../disk/preflight.ts";
import { type EngineInfo, engineInfo, isRootless, productOf, sharesKernel } from "./facts.ts";
import { dockerErrors } from "./errors.ts";
import { ownNodeUnusable } from "./image.ts";
import { noDisksBecause } from "./same-kernel.ts";

/** What an engine that answers offers, and what it will not do. Changes nothing. */
export async function engineChecks(engine: Engine, signal: AbortSignal): Promise<PreflightCheck[]> {
  const { candidate, version, apiVersion } = engine;
  const info = await engineInfo(engine, signal);
  const user = isRootless(info) ? "rootless" : "as root";
  return [
    { id: "engine", state: "ok", detail: `${productOf(engine)} ${version.Version} at ${candidate.address}, ${user}` },
    { id: "api", state: "ok", detail: `API ${apiVersion.slice(1)} (the engine offers up to ${version.ApiVersion})` },
    platformCheck(engine),
    kernelCheck(engine),
    storageCheck(info.Driver),
    diskCheck(engine, info),
  ];
}

function platformCheck(engine: Engine): PreflightCheck {
  const unusable = ownNodeUnusable(engine);
  const { Os, Arch } = engine.version;
  if (!unusable) return { id: "platform", state: "ok", detail: `${Os}/${Arch}, as this machine` };
  const state = Os === "linux" ? "warn" : "fail";
  return { id: "platform", state, detail: unusable, remedy: dockerErrors.IMAGE_PLATFORM.remedy };
}

function kernelCheck(engine: Engine): PreflightCheck {
  if (sharesKernel(engine))
    return { id: "kernel", state: "ok", detail: "containers run on this kernel: clocks are one" };
  return {
    id: "kernel",
    state: "warn",
    detail: `the engine at ${engine.candidate.address} runs on another kernel: latencies are widened by the clocks' offset, and only directories shared with it can be mounted`,
    remedy: "For the finest numbers use an engine on this machine's own Linux kernel.",
  };
}

/** Whether containers can have disks that lie; all else runs without. */
function diskCheck(engine: Engine, info: EngineInfo): PreflightCheck {
  const lack = noDisksBecause(engine, info);
  if (lack === "") return diskPreflight();
  const detail = `disks that lie cannot be mounted: ${lack}`;
  return { id: "disk", state: "warn", detail, remedy: dockerErrors.DISKS_ELSEWHERE.remedy };
}

function storageCheck(driver: string): PreflightCheck {
  if (driver !== "vfs") return { id: "storage", state: "ok", detail: driver };
  const detail = "vfs copies the whole image for each container: slow to start, and much disk";
  return {
    id: "storage",
    state: "warn",
    detail,
    remedy: "Use a data root on a file system that overlay2 supports (ext4, xfs).",
  };
}
