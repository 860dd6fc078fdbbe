import type Dockerode from "dockerode";
import type { EngineHands, EngineProcess, EngineVolume } from "../subject.ts";
import { makeContainer } from "./container.ts";
import { asked, found } from "./refusal.ts";
import { namedOptions } from "../named-options.ts";

/** What hands on an engine are made of. */
export interface EngineAccess {
  /** The driver's name on it. */
  driver: string;
  /** The engine, once it answers, and the name of the image for containers. */
  connect(): Promise<{ engine: Dockerode; image: string }>;
  /** What that image has inside, where it is the suite's own. */
  filled?: EngineHands["filled"];
  process?: EngineProcess;
  podman?: EngineHands["podman"] | undefined;
}

/** Hands that do what the `docker` command does. */
export function engineHands({ driver, connect, filled, process, podman }: EngineAccess): EngineHands {
  const at = async () => (await connect()).engine;
  return {
    driver,
    about: async () => {
      const { Version, ApiVersion } = await asked((await at()).version());
      return { version: Version, apiVersion: ApiVersion };
    },
    createVolume: async ({ name, options, labels = {} }) => {
      await asked(
        (await at()).createVolume({
          Name: name,
          Driver: driver,
          DriverOpts: { ...namedOptions(options, name) },
          Labels: labels,
        }),
      );
    },
    volume: async (name) => {
      const told = await found((await at()).getVolume(name).inspect());
      return told && volumeOf(told);
    },
    volumes: async () => {
      const { Volumes } = await asked((await at()).listVolumes());
      return (Volumes ?? []).filter(({ Driver }) => isDriver(Driver, driver)).map(({ Name }) => Name);
    },
    removeVolume: async (name, isForced = false) => {
      await asked((await at()).getVolume(name).remove({ force: isForced }));
    },
    container: async (spec) => makeContainer({ ...(await connect()), driver }, spec),
    plugin: async () => {
      const told = await found((await at()).getPlugin(driver, driver).inspect());
      return told && pluginOf(told);
    },
    turnPlugin: async (to) => {
      const engine = await at();
      // The client's own `disable` leaves out what it is told.
      const [order, query] = to === "on" ? ["enable", { timeout: 30 }] : ["disable", { force: true }];
      await asked(post(engine, `/plugins/${driver}/${order}`, query));
    },
    ...(filled && { filled }),
    ...(process && { process }),
    ...(podman && { podman }),
  };
}

/** `cephfs` is also `cephfs:latest`. */
function isDriver(told: string, driver: string): boolean {
  return told === driver || told === `${driver}:latest`;
}

function volumeOf(told: Dockerode.VolumeInspectInfo): EngineVolume {
  const { Name: name, Driver: driver, Scope: scope, Options, Labels } = told;
  const { Status: status } = told as { Status?: Record<string, unknown> };
  return { name, driver, scope, options: Options ?? {}, labels: Labels ?? {}, status };
}

type ToldPlugin = Dockerode.PluginInfo & { Config: { PidHost?: boolean; IpcHost?: boolean } };

function pluginOf({ Enabled, Config }: ToldPlugin): { isEnabled: boolean; asksFor: string[] } {
  const { Network, Linux, Mounts, PidHost, IpcHost } = Config;
  return {
    isEnabled: Enabled,
    asksFor: [
      ...(["", "none", "bridge"].includes(Network.Type) ? [] : [`network ${Network.Type}`]),
      ...(Linux.Capabilities ?? []),
      ...(Linux.AllowAllDevices ? ["all devices"] : (Linux.Devices ?? []).map(({ Path }) => `device ${Path}`)),
      ...(Mounts ?? []).map(({ Source }) => `mount of ${Source}`),
      ...(PidHost ? ["the host's processes"] : []),
      ...(IpcHost ? ["the host's memory"] : []),
    ],
  };
}

function post({ modem }: Dockerode, path: string, options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    // With the question mark at its end, and only so, the client puts the options behind it.
    modem.dial({ path: `${path}?`, method: "POST", options, statusCodes: { 200: true } }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}
