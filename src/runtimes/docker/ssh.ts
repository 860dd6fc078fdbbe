// The API over ssh, the way the docker command does it: the system's own ssh runs `docker system dial-stdio` there and
// carries one connection on its standard streams. The library's ssh knows neither ~/.ssh/config nor known_hosts.
import { spawn } from "node:child_process";
import http from "node:http";
import { Duplex, PassThrough } from "node:stream";
import type { SshDestination } from "./address.ts";

const STDERR_CHARACTERS = 1000;

/** Arguments for `ssh`; nothing of the address can be taken for an option. */
export function sshArguments({ host, user, port, socketPath }: SshDestination): string[] {
  const remote = socketPath ? ["docker", "--host", `unix://${shellQuote(socketPath)}`] : ["docker"];
  return [
    ...(user ? ["-l", user] : []),
    ...(port ? ["-p", String(port)] : []),
    // Nobody is there to answer a question in the middle of a run.
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=30",
    "-T",
    "--",
    host,
    ...remote,
    "system",
    "dial-stdio",
  ];
}

/** An HTTP agent whose every connection is an ssh process of its own; it ends with the connection. */
export function createSshAgent(destination: SshDestination, env: NodeJS.ProcessEnv): http.Agent {
  const agent = new http.Agent({ keepAlive: false });
  agent.createConnection = () => dial(destination, env);
  return agent;
}

function dial(destination: SshDestination, env: NodeJS.ProcessEnv): Duplex {
  const child = spawn("ssh", sshArguments(destination), { stdio: ["pipe", "pipe", "pipe"], env });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
  });
  const output = new PassThrough();
  const connection = Duplex.from({ readable: output, writable: child.stdin });
  child.stdout.pipe(output, { end: false });
  // An end before the first byte would read as "socket hang up"; ssh's own words come with its exit.
  child.stdout.once("data", () => child.stdout.once("end", () => output.end()));
  child.once("error", (error) => connection.destroy(new Error(`ssh cannot be started: ${error.message}`)));
  child.once("close", (status) => {
    const reason = stderr.trim() || `exit status ${status}`;
    connection.destroy(status === 0 ? undefined : new Error(`ssh ${destination.host}: ${reason}`));
  });
  connection.once("close", () => child.kill());
  return connection;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
