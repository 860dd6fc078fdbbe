import type { VolumeDriver } from "./driver.ts";
import type { RequestReader } from "./requests.ts";

/** Does what a body asks for, and gives the fields of the answer. */
export type Method = (body: Buffer, signal: AbortSignal) => Promise<object>;

/** The protocol: a method for each path. */
export function methodsOf(driver: VolumeDriver, reader: RequestReader, scope: string): Record<string, Method> {
  const named =
    (work: (name: string, fields: Record<string, unknown>, signal: AbortSignal) => Promise<object>): Method =>
    async (body, signal) => {
      const fields = reader.fields(body);
      return work(reader.name(fields), fields, signal);
    };
  return {
    // Its body is empty. An engine sends it once in its life, so another one means another engine.
    "/Plugin.Activate": async () => {
      await driver.activate();
      return { Implements: ["VolumeDriver"] };
    },
    "/VolumeDriver.Capabilities": async () => ({ Capabilities: { Scope: scope } }),
    "/VolumeDriver.List": async () => ({ Volumes: await driver.list() }),
    "/VolumeDriver.Get": named(async (name) => ({ Volume: await driver.get(name) })),
    "/VolumeDriver.Path": named(async (name) => ({ Mountpoint: (await driver.get(name)).Mountpoint ?? "" })),
    "/VolumeDriver.Create": named(async (name, fields, signal) => {
      await driver.create(name, reader.options(fields), signal);
      return {};
    }),
    "/VolumeDriver.Remove": named(async (name, _fields, signal) => {
      await driver.remove(name, signal);
      return {};
    }),
    "/VolumeDriver.Mount": named(async (name, fields, signal) => ({
      Mountpoint: await driver.mount(name, reader.mountId(fields), signal),
    })),
    "/VolumeDriver.Unmount": named(async (name, fields, signal) => {
      await driver.unmount(name, reader.mountId(fields), signal);
      return {};
    }),
  };
}
