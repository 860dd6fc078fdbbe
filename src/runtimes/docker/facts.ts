import os from "node:os";
import { z } from "zod";
import { orAborted } from "./abort.ts";
import type { Engine } from "./connect.ts";
import { refused } from "./engine-error.ts";

/** What is used of the engine's own description; Podman leaves some of it out. */
const INFO = z.object({
  Name: z.string().default(""),
  ServerVersion: z.string().default(""),
  OperatingSystem: z.string().default(""),
  KernelVersion: z.string().default(""),
  Architecture: z.string().default(""),
  Driver: z.string().default(""),
  DriverStatus: z.array(z.array(z.string())).nullish(),
  CgroupVersion: z.string().default(""),
  CgroupDriver: z.string().default(""),
  DockerRootDir: z.string().default(""),
  MemTotal: z.number().default(0),
  NCPU: z.number().default(0),
  SecurityOptions: z.array(z.string()).nullish(),
});
export type EngineInfo = z.infer<typeof INFO>;

/** The engine's description of itself. @throws ENGINE_REFUSED */
export async function engineInfo({ client }: Engine, signal: AbortSignal): Promise<EngineInfo> {
  try {
    return INFO.parse(await orAborted(client.info() as Promise<unknown>, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw refused("asking the engine about itself", error);
  }
}

/** True when containers there run on the kernel that this process runs on. An agent proves it later by the boot id. */
export function sharesKernel({ candidate, version }: Engine): boolean {
  return candidate.endpoint.kind === "socket" && version.Os === os.platform() && version.KernelVersion === os.release();
}

/** True for an engine without root's powers. */
export function isRootless({ SecurityOptions }: EngineInfo): boolean {
  return SecurityOptions?.some((option) => /name=rootless/.test(option)) ?? false;
}

/** The facts for the report, as text; what the engine does not say is left out. */
export function engineFacts(engine: Engine, info: EngineInfo): Record<string, string> {
  const { version, candidate, apiVersion } = engine;
  const backing = info.DriverStatus?.find(([name]) => name === "Backing Filesystem")?.[1];
  const facts = {
    engine: `${productOf(engine)} ${version.Version}`,
    address: candidate.address,
    "address from": candidate.origin,
    "API version": `${apiVersion.slice(1)} of ${version.ApiVersion}`,
    name: info.Name,
    "operating system": info.OperatingSystem,
    kernel: info.KernelVersion,
    "same kernel as the lab": sharesKernel(engine) ? "yes" : "no",
    architecture: info.Architecture || version.Arch,
    "storage driver": backing ? `${info.Driver} on ${backing}` : info.Driver,
    "cgroup version": info.CgroupVersion,
    "cgroup driver": info.CgroupDriver,
    rootless: isRootless(info) ? "yes" : "no",
    "build time": String(version.BuildTime ?? ""),
    "Go version": version.GoVersion,
    "total memory": info.MemTotal > 0 ? `${(info.MemTotal / 2 ** 30).toFixed(1)} GiB` : "",
    cpus: info.NCPU > 0 ? String(info.NCPU) : "",
    "root directory": info.DockerRootDir,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => Boolean(value)));
}

/** What answers: Podman and others speak the same API and name themselves in it. */
export function productOf({ version }: Engine): string {
  const named = version.Components?.[0]?.Name;
  return !named || named === "Engine" ? "Docker Engine" : named.replace(/ Engine$/, "");
}
