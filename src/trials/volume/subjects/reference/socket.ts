import { unlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { systemCode } from "../../../../core/errors.ts";

/** Takes away a socket that nobody listens on any more. @throws Error where somebody does */
export async function clearSocket(socketPath: string): Promise<void> {
  if (await answers(socketPath)) throw new Error("another process listens on the socket");
}

/** Only the owner may connect: whoever can may have any directory mounted. */
export async function withPrivateUmask(listen: () => Promise<void>): Promise<void> {
  const before = process.umask(0o177);
  try {
    await listen();
  } finally {
    process.umask(before);
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socketPath, () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", (error) => {
      const code = systemCode(error);
      if (code === "ECONNREFUSED") unlinkSync(socketPath);
      if (code === "ECONNREFUSED" || code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}
