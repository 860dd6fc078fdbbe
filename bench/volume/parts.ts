import type { Part } from "../bench.ts";
import { measureAgainstLocal } from "./against-local.ts";
import { measureAgainstPeer, measureAtSocket } from "./at-socket.ts";
import { openCephfsLab } from "./cephfs-lab.ts";
import { openEngineLab } from "./engine-lab.ts";
import { measureFlood } from "./flood.ts";
import { measureHosts } from "./hosts.ts";
import { measureKnownVolumes } from "./known-volumes.ts";
import { peerFrom } from "./peer.ts";
import { measureRaces } from "./races.ts";
import { measureSuite } from "./suite.ts";

const peer = peerFrom(process.env);

/** By the word that asks for each; `peer` is there where a command for one is. */
export const PARTS: Readonly<Record<string, Part>> = {
  local: {
    title: "On one engine, in turns with its driver `local`",
    measure: () => measureAgainstLocal(() => openEngineLab(peer?.command), peer),
  },
  socket: { title: "At the driver's socket", measure: measureAtSocket },
  list: { title: "Many volumes, and mounts that hang", measure: measureKnownVolumes },
  flood: { title: "Bad requests, 32 at once", measure: measureFlood },
  suite: { title: "The whole suite, profile standard", measure: measureSuite },
  races: { title: "Ten containers at once, which come and go", measure: () => measureRaces(() => openEngineLab()) },
  "races-cephfs": { title: "The same on CephFS", measure: () => measureRaces(() => openCephfsLab()) },
  hosts: { title: "Two hosts on one CephFS, with an engine each", measure: measureHosts },
  ...(peer !== undefined && {
    peer: { title: "At the socket, in turns with another driver", measure: () => measureAgainstPeer(peer) },
    "peer-cephfs": {
      title: "On one engine, in turns with another driver on the same CephFS",
      measure: () => measureAgainstLocal(() => openCephfsLab(peer.command), peer),
    },
  }),
};
