import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { driverSettings } from "../settings.ts";
import { PLUGIN_BACK_ENDS, pluginConfig } from "./plugin-config.ts";
import { pluginFiles } from "./plugin-files.ts";
import { writePlugin } from "./write-plugin.ts";

interface Config {
  interface: { socket: string };
  entrypoint: string[];
  propagatedMount: string;
  mounts: { destination: string; settable: string[] }[];
  env: { name: string; value: string; settable: string[] }[];
}
const configOf = (backEnd: (typeof PLUGIN_BACK_ENDS)[number]) => pluginConfig(backEnd, "1.2.3") as Config;
const signal = new AbortController().signal;
const command = { nodePath: process.execPath, scriptPath: "/command.mjs", manifestPath: "/package.json" };

test.each(PLUGIN_BACK_ENDS)("what Docker demands of the plugin %s", (backEnd) => {
  const { interface: face, mounts, propagatedMount, env } = configOf(backEnd);
  expect(face.socket.length).toBeLessThanOrEqual(22);
  // The engine moves by prefix what lies below it.
  expect(mounts.filter(({ destination }) => destination.startsWith(propagatedMount))).toEqual([]);
  expect([...mounts, ...env].filter(({ settable }) => settable.length !== 1)).toEqual([]);
});

test.each(PLUGIN_BACK_ENDS)(
  "the driver of the plugin %s takes its settings as they come, and listens there",
  (backEnd) => {
    const { entrypoint, interface: face, env, mounts } = configOf(backEnd);
    const flag = (name: string) => entrypoint[entrypoint.indexOf(name) + 1] ?? "";
    const unset = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const settings = driverSettings(
      { backend: flag("--backend"), mounts: flag("--mounts"), state: flag("--state") },
      unset,
    );
    expect(settings).toMatchObject({ backEnd, deadlineMs: 25_000, socketPath: `/run/docker/plugins/${face.socket}` });
    expect(mounts.map(({ destination }) => destination)).toContain(settings.stateDirectory);
  },
);

test("what is not on this machine is named, with its package", async () => {
  const find = async (name: string) => (name === "umount" ? [] : ["/bin/sh"]);
  const packing = pluginFiles({ backEnd: "directory", command, find }, signal);
  await expect(packing).rejects.toMatchObject({
    code: "DRIVER_PART_MISSING",
    message: expect.stringMatching(/^umount .* mount$/) as string,
  });
});

test("a directory that holds something is left as it is", async () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, "mine"), "mine");
  await expect(writePlugin(folder, {}, [])).rejects.toMatchObject({ code: "DRIVER_PACKAGE_PLACE" });
  expect(fs.readdirSync(folder)).toEqual(["mine"]);
});

test("files are written with their modes", async () => {
  const folder = path.join(temporaryFolder(), "new");
  await writePlugin(folder, { a: 1 }, [{ path: "bin/sh", source: { text: "#!" }, mode: 0o755 }]);
  expect(JSON.parse(fs.readFileSync(path.join(folder, "config.json"), "utf8"))).toEqual({ a: 1 });
  expect(fs.statSync(path.join(folder, "rootfs/bin/sh")).mode & 0o777).toBe(0o755);
  expect(fs.statSync(path.join(folder, "rootfs/tmp")).mode & 0o7777).toBe(0o1777);
});
