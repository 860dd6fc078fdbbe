import fs from "node:fs";
import type { Server } from "node:http";
import { createConnection, type ListenOptions } from "node:net";
import { messageOf, systemCode } from "../../core/errors.ts";
import { driverError } from "../errors.ts";

/** Address of a unix socket, without the byte that ends it: unix(7). */
const LONGEST_PATH_BYTES = 107;
const CONNECT_LIMIT_MS = 1000;
/** Connections that wait to be taken. Engines open one for each call; Node's own 511 refuses a thousand at once. */
const BACKLOG = 4096;

/** Where engines find the driver. */
export interface ListenAt {
  socketPath: string;
  /** A socket that whoever has started this process listens on already, and will go on to: sd_listen_fds(3). */
  socketDescriptor?: number | undefined;
}

/**
 * Listens on a unix socket that only its owner may use. A socket that a driver has left behind is replaced; one that
 * somebody serves, and a file of any other kind, is left alone.
 * @throws SeatrialError SOCKET_IN_USE, SOCKET_UNUSABLE
 */
export async function listenOn(server: Server, { socketPath, socketDescriptor }: ListenAt): Promise<void> {
  if (socketDescriptor !== undefined)
    return listening(server, { fd: socketDescriptor }, `descriptor ${socketDescriptor}`);
  if (Buffer.byteLength(socketPath) > LONGEST_PATH_BYTES)
    throw driverError("SOCKET_UNUSABLE", `${socketPath} is longer than ${LONGEST_PATH_BYTES} bytes`);
  await removeStale(socketPath);
  // The file's mode is what the umask leaves, and between bind and chmod anybody could connect.
  const before = process.umask(0o177);
  try {
    await listening(server, { path: socketPath, backlog: BACKLOG }, socketPath);
  } finally {
    process.umask(before);
  }
}

async function removeStale(socketPath: string): Promise<void> {
  const found = fs.lstatSync(socketPath, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw driverError("SOCKET_UNUSABLE", `${socketPath} is there and no socket`);
  if (await isServed(socketPath)) throw driverError("SOCKET_IN_USE", `somebody answers on ${socketPath}`);
  fs.rmSync(socketPath, { force: true });
}

/** A server too busy to take the connection serves it nevertheless. */
function isServed(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const end = (served: boolean) => {
      clearTimeout(late);
      socket.destroy();
      resolve(served);
    };
    const late = setTimeout(end, CONNECT_LIMIT_MS, true);
    socket.once("connect", () => end(true));
    socket.once("error", (error) => end(!["ECONNREFUSED", "ENOENT"].includes(systemCode(error) ?? "")));
  });
}

function listening(server: Server, at: ListenOptions | { fd: number }, told: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(
        systemCode(error) === "EADDRINUSE"
          ? driverError("SOCKET_IN_USE", `somebody has begun to listen on ${told}`, { cause: error })
          : driverError("SOCKET_UNUSABLE", `${told}: ${messageOf(error)}`, { cause: error }),
      );
    server.once("error", fail);
    server.listen(at, () => {
      server.off("error", fail);
      resolve();
    });
  });
}
