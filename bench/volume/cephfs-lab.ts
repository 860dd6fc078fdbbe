import { createSystemClock } from "../../src/core/clock.ts";
import type { EngineHands } from "../../src/trials/volume/subject.ts";
import { fillPlaceholders, splitCommand } from "../../src/trials/volume/subjects/host/command-line.ts";
import { firstAnswer } from "../../src/trials/volume/subjects/host/first-answer.ts";
import type { LabHost } from "../../test/fixtures/ceph-lab/host.ts";
import { CephLab } from "../../test/fixtures/ceph-lab/lab.ts";
import { DRIVER_CAPS } from "../../test/fixtures/ceph-lab/remote-back-end.ts";
import { MAIN } from "./driver-lab.ts";
import { type EngineLab, engineBehind, PEER } from "./engine-lab.ts";

const OURS = "ours";
const START_LIMIT_MS = 20_000;
const SERVE = [
  ...[process.execPath, MAIN],
  ...splitCommand("driver serve --backend cephfs --socket {socket} --state {state} --mounts {root} --log-level warn"),
  ...splitCommand("--ceph-mon-host {monitors} --ceph-client {client} --ceph-keyring {keyring}"),
];

/**
 * A cluster, and a host of it with an engine beside our driver on the back end `cephfs`, and the one that `peerCommand`
 * serves on the same file system: `{monitors}`, `{client}` and `{keyring}` in it tell it of the cluster.
 */
export async function openCephfsLab(peerCommand?: string): Promise<EngineLab> {
  const lab = await CephLab.start("h1");
  const dispose = () => lab[Symbol.asyncDispose]();
  try {
    const [host] = lab.hosts as [LabHost];
    await serveOn(host, lab, { name: OURS, command: SERVE });
    if (peerCommand !== undefined) await serveOn(host, lab, { name: PEER, command: splitCommand(peerCommand) });
    return {
      ...{ hands: await engineBehind(await host.startEngine()), ours: OURS, [Symbol.asyncDispose]: dispose },
      ...(peerCommand !== undefined && { peer: PEER }),
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Engines of two hosts on one CephFS, each beside our driver. */
export interface CephfsHosts extends AsyncDisposable {
  hosts: readonly [EngineHands, EngineHands];
}

/** A cluster and two hosts of it, on a network of their own. */
export async function openCephfsHosts(): Promise<CephfsHosts> {
  const lab = await CephLab.start("h1", "h2");
  const dispose = () => lab[Symbol.asyncDispose]();
  const open = async (host: LabHost) => {
    await serveOn(host, lab, { name: OURS, command: SERVE });
    return (await engineBehind(await host.startEngine()))(OURS);
  };
  try {
    const [here, there] = lab.hosts as [LabHost, LabHost];
    return { hosts: [await open(here), await open(there)], [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** With an identity and directories of its own. @throws Error with what it printed, where it does not answer */
async function serveOn(
  host: LabHost,
  { cluster }: CephLab,
  { name, command }: { name: string; command: readonly string[] },
): Promise<void> {
  const place = (what: string) => `${host.directory}/${name}-${what}`;
  const socket = `/run/docker/plugins/${name}.sock`;
  const [state, root, keyring, log] = [place("state"), place("root"), place("keyring"), place("log")];
  const input = await cluster.identity(`client.${name}`, ...DRIVER_CAPS);
  await host.run(["sh", "-c", `mkdir ${state} ${root} && umask 077 && cat >${keyring}`], { input });
  const places = { socket, state, root, keyring, client: name, monitors: cluster.monitors };
  await host.start(fillPlaceholders(command, places), log);
  const wait = { socketPath: host.outside(socket), clock: createSystemClock(), limitMs: START_LIMIT_MS };
  if ((await firstAnswer(wait)) === "answers") return;
  throw new Error(`the driver ${name} does not answer: ${(await host.run(["cat", log])).stdout}`);
}
