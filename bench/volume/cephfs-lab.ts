import { createSystemClock } from "../../src/core/clock.ts";
import { firstAnswer } from "../../src/trials/volume/subjects/host/first-answer.ts";
import type { LabHost } from "../../test/fixtures/ceph-lab/host.ts";
import { CephLab } from "../../test/fixtures/ceph-lab/lab.ts";
import { DRIVER_CAPS } from "../../test/fixtures/ceph-lab/remote-back-end.ts";
import { MAIN } from "./driver-lab.ts";
import { type EngineLab, engineBehind } from "./engine-lab.ts";

const OURS = "ours";
const SOCKET = `/run/docker/plugins/${OURS}.sock`;
const START_LIMIT_MS = 20_000;

/** A cluster, and a host of it with an engine beside our driver on the back end `cephfs`. */
export async function openCephfsLab(): Promise<EngineLab> {
  const lab = await CephLab.start("h1");
  const dispose = () => lab[Symbol.asyncDispose]();
  try {
    const [host] = lab.hosts as [LabHost];
    await serveOn(host, lab);
    return { hands: await engineBehind(await host.startEngine()), ours: OURS, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function serveOn(host: LabHost, { cluster }: CephLab): Promise<void> {
  const [state, keyring, log] = ["state", "keyring", "driver.log"].map((name) => `${host.directory}/${name}`);
  const input = await cluster.identity(`client.${OURS}`, ...DRIVER_CAPS);
  await host.run(["sh", "-c", `umask 077; cat >${keyring}`], { input });
  const words = [
    ...["driver", "serve", "--backend", "cephfs", "--socket", SOCKET, "--state", `${state}`, "--log-level", "warn"],
    ...["--ceph-mon-host", cluster.monitors, "--ceph-client", OURS, "--ceph-keyring", `${keyring}`],
  ];
  await host.start([process.execPath, MAIN, ...words], `${log}`);
  const wait = { socketPath: host.outside(SOCKET), clock: createSystemClock(), limitMs: START_LIMIT_MS };
  if ((await firstAnswer(wait)) === "answers") return;
  throw new Error(`the driver does not answer: ${(await host.run(["cat", `${log}`])).stdout}`);
}
