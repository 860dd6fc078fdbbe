import { describe, expect, it } from "vitest";
import { pathInside } from "./path-inside.ts";

const mount = (Source: string, Destination: string) => ({ Source, Destination });

describe("where a host path is inside a container", () => {
  const app = mount("/home/ada/app", "/app");

  it.each([
    ["the source itself", [app], "/home/ada/app", "/app"],
    ["below it", [app], "/home/ada/app/src/a.ts", "/app/src/a.ts"],
    ["a neighbour with the same beginning", [app], "/home/ada/application", undefined],
    ["above it", [app], "/home/ada", undefined],
    ["a name that begins with two dots", [app], "/home/ada/app/..hidden", "/app/..hidden"],
    ["no mounts", [], "/home/ada/app", undefined],
    ["the longest source wins", [mount("/home", "/h"), app], "/home/ada/app/x", "/app/x"],
    ["a nested mount elsewhere", [app, mount("/home/ada/app/cache", "/cache")], "/home/ada/app/cache/x", "/cache/x"],
    ["the whole machine", [mount("/", "/host")], "/etc/hosts", "/host/etc/hosts"],
    ["a single file", [mount("/etc/app.conf", "/conf/app.conf")], "/etc/app.conf", "/conf/app.conf"],
    [
      "covered by a volume",
      [app, mount("/volumes/x/_data", "/app/node_modules")],
      "/home/ada/app/node_modules/x",
      undefined,
    ],
    ["beside a cover", [app, mount("/volumes/x/_data", "/app/node_modules")], "/home/ada/app/src", "/app/src"],
    [
      "covered, but visible by another mount",
      [app, mount("/v", "/app/tmp"), mount("/home", "/h")],
      "/home/ada/app/tmp/x",
      "/h/ada/app/tmp/x",
    ],
    ["mounted over by itself", [app, mount("/home/ada/app/data", "/app/data")], "/home/ada/app/data/x", "/app/data/x"],
    ["Docker Desktop on a Mac", [mount("/host_mnt/Users/ada/app", "/app")], "/Users/ada/app/x", "/app/x"],
    ["a tmpfs has no source", [mount("", "/tmp")], "/home/ada/app", undefined],
  ])("%s", (_case, mounts, hostPath, inside) => {
    expect(pathInside(mounts, hostPath)).toBe(inside);
  });
});
