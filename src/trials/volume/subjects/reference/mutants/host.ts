import { request } from "node:http";
import { existsSync } from "node:fs";
import { VolumeDriver } from "../driver.ts";
import { DriverServer } from "../server.ts";
import type { Mutant } from "./mutant.ts";

const ENGINE_SOCKET = "/run/docker.sock";

/** Drivers that are no good neighbours. */
export const hostMutants: readonly Mutant[] = [
  {
    id: "socket-for-all",
    defect: "Every user of the host may connect to the socket.",
    seenIn: "heliumdatacommons (TCP 8888 without a password)",
    meant: ["P16"],
    parts: {
      withPrivateUmask: async (listen) => {
        const before = process.umask(0);
        await listen();
        process.umask(before);
      },
    },
  },
  {
    id: "stale-socket",
    defect: "A socket that a killed driver has left keeps the next one from starting.",
    seenIn: "by construction; bind(2) says EADDRINUSE",
    meant: ["P16"],
    parts: { clearSocket: () => Promise.resolve() },
  },
  {
    id: "socket-stays",
    defect: "SIGTERM leaves the socket, and each `docker volume ls` then waits 15 s for somebody to answer there.",
    seenIn: "moby#22653, weave#1934, netshare#150",
    meant: [],
    throughEngine: ["E16"],
    parts: {
      Server: class extends DriverServer {
        override stop(): Promise<void> {
          // The process ends without closing it.
          return Promise.resolve();
        }
      },
    },
  },
  {
    id: "second-instance",
    defect: "Two processes work on one state.",
    seenIn: "by construction",
    meant: ["X13"],
    parts: { lockInstance: () => undefined },
  },
  {
    id: "asks-the-engine",
    defect: "Remove asks the engine who uses the volume, and the engine waits for the driver.",
    seenIn: "netshare, vsphere#366",
    meant: ["X14"],
    parts: {
      Driver: class extends VolumeDriver {
        override async remove(name: string, signal: AbortSignal): Promise<void> {
          if (existsSync(ENGINE_SOCKET)) await askEngine();
          await super.remove(name, signal);
        }
      },
    },
  },
];

function askEngine(): Promise<void> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: ENGINE_SOCKET, path: "/containers/json" }, (answer) => {
      answer.resume();
      resolve();
    });
    asked.on("error", () => resolve());
    asked.end();
  });
}
