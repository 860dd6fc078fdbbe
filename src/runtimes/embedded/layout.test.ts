import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMountInfo } from "../../core/mount-info.ts";
import type { ContainerSpec } from "../../core/runtime.ts";
import { type KnownBind, layoutSteps, type Machine } from "./layout.ts";
import type { Step } from "./script.ts";

const ROOT = "/state/root";
const MACHINE: Machine = {
  mounts: parseMountInfo(`27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
28 27 254:1 / /srv rw,nosuid,nodev - xfs /dev/vdb rw
29 28 0:26 / /srv/deep rw,noexec - tmpfs tmpfs rw
`),
  links: [{ path: "/bin", to: "usr/bin" }],
  binds: [
    directory("/usr", "/usr", true),
    { source: "/dev/null", target: "/dev/null", readOnly: false, isDirectory: false },
  ],
};

function directory(source: string, target: string, readOnly = false): KnownBind {
  return { source, target, readOnly, isDirectory: true };
}

function layout(binds: KnownBind[], tmpfs: string[] = []): Step[] {
  const spec: ContainerSpec = { name: "box", binds: [], tmpfs };
  return layoutSteps(spec, { binds, disks: [] }, MACHINE, ROOT);
}

function commands(steps: Step[]): string[] {
  return steps.map(({ argv }) => argv.join(" "));
}

describe("the layout of a container", () => {
  test("begins with a root of its own and ends without the machine's", () => {
    const all = commands(layout([]));
    expect(all[2]).toBe(`mount -n -t tmpfs -o mode=755 --make-unbindable tmpfs ${ROOT}`);
    expect(all.slice(-4)).toEqual(["pivot_root . ./.machine", "cd /", "umount -n -l /.machine", "rmdir /.machine"]);
    expect(all).toContain(`ln -s usr/bin ${ROOT}/bin`);
    expect(all).toContain(`mount -n -t proc -o nosuid,nodev,noexec proc ${ROOT}/proc`);
  });

  test("a writable bind is one recursive mount", () => {
    expect(commands(layout([directory("/srv", "/data")]))).toContain(`mount -n -o rbind /srv ${ROOT}/data`);
  });

  test("a read-only bind covers the mounts below it and keeps the options that are locked", () => {
    const all = commands(layout([directory("/srv", "/data", true)]));
    const at = all.indexOf(`mount -n -o rbind,ro,nosuid,nodev /srv ${ROOT}/data`);
    expect(at).toBeGreaterThan(0);
    expect(all[at + 1]).toBe(`mount -n -o remount,bind,ro,noexec none ${ROOT}/data/deep`);
  });

  test("mounts above come before mounts below, whatever the order asked for", () => {
    const all = commands(layout([directory("/srv", "/cache/inner"), directory("/srv", "/data")], ["/cache"]));
    const order = [`mode=1777 tmpfs ${ROOT}/cache`, `mkdir -p ${ROOT}/cache/inner`, `rbind /srv ${ROOT}/cache/inner`];
    const places = order.map((end) => all.findIndex((command) => command.endsWith(end)));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test("on what is the machine's own no mount point is made, only looked for", () => {
    const steps = layout([
      directory("/srv", "/usr/data"),
      { source: "/srv/f", target: "/usr/f", readOnly: true, isDirectory: false },
    ]);
    expect(commands(steps)).toContain(`test -d ${ROOT}/usr/data`);
    expect(commands(steps)).toContain(`test -f ${ROOT}/usr/f`);
    expect(
      commands(steps)
        .filter((command) => /^(mkdir|touch)/.test(command))
        .join(),
    ).not.toContain("/usr/");
  });

  test("what is asked for replaces what the container has by itself", () => {
    const onTmp = commands(layout([directory("/srv", "/tmp")])).filter((command) => command.endsWith(`${ROOT}/tmp`));
    expect(onTmp).toEqual([`mount -n -o rbind /srv ${ROOT}/tmp`]);
  });

  test.each([
    ["/bin/tool", "behind the link /bin -> usr/bin"],
    ["data", "absolute"],
    ["/a/../b", "normalised"],
    ["/", "cannot be a mount point"],
    ["/data/", "cannot be a mount point"],
    ["/a\0b", "cannot be a mount point"],
  ])("the target %j is refused", (target, reason) => {
    expect(() => layout([directory("/srv", target)])).toThrow(
      expect.objectContaining({ code: "EMBEDDED_BAD_SPEC", message: expect.stringContaining(reason) }),
    );
  });

  test("a target named twice is refused", () => {
    expect(() => layout([directory("/srv", "/data")], ["/data"])).toThrow(/named twice/);
  });

  test("every mount point is made or looked for before it is mounted on", () => {
    const name = fc.constantFrom("a", "b", "c d", "it's", "ü\n");
    const target = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join("/")}`);
    fc.assert(
      fc.property(fc.uniqueArray(target, { maxLength: 8 }), (targets) => {
        const memory = targets.filter((_, i) => i % 2 === 0);
        const binds = targets.filter((_, i) => i % 2 === 1);
        const steps = layout(
          binds.map((at) => directory("/srv", at)),
          memory,
        );
        for (const [i, { argv }] of steps.entries()) {
          const at = argv.at(-1) ?? "";
          if (argv[0] !== "mount" || at === ROOT) continue;
          const before = steps.slice(0, i).map((step) => step.argv);
          expect(before.some((made) => /^(mkdir|touch|test)$/.test(made[0] ?? "") && made.includes(at))).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
