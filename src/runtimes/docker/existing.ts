import { randomBytes } from "node:crypto";
import { realpathSync } from "node:fs";
import { createInterface } from "node:readline";
import type Dockerode from "dockerode";
import type { AgentChannel } from "../../core/agent.ts";
import { orAborted } from "./abort.ts";
import { connectEngine, type Engine } from "./connect.ts";
import { engineMessage, refused, statusOf } from "./engine-error.ts";
import { fail } from "./errors.ts";
import { startExec } from "./exec.ts";
import { pathInside } from "./path-inside.ts";
import { createTurns } from "../turns.ts";

/** A look into a user's own container, through one shell that stays. */
export interface ContainerView extends AsyncDisposable {
  /** Where the host path is inside. */
  readonly path: string;
  /** The file's text without trailing newlines, or undefined where it cannot be read (yet). Paths are inside ones. */
  readFile(path: string): Promise<string | undefined>;
  /** Names in a directory, hidden ones too, or undefined where it cannot be listed (yet). */
  list(path: string): Promise<string[] | undefined>;
}

/** Whose container, and what of it. */
export interface ViewRequest {
  /** Name or id. */
  container: string;
  /** Absolute, on this machine. */
  hostPath: string;
  env: Readonly<Record<string, string | undefined>>;
  /** An engine's address that goes before every variable. */
  host?: string;
}

/**
 * Finds a host path inside a running container and opens a shell there to look with. Changes nothing in it.
 * @throws CONTAINER_NOT_FOUND, CONTAINER_NOT_RUNNING, PATH_NOT_MOUNTED, SHELL_MISSING, and what `connectEngine` throws
 */
export async function viewContainer(request: ViewRequest, signal: AbortSignal): Promise<ContainerView> {
  const engine = await connectEngine(request.env, signal, request.host);
  const { State, Mounts, Name } = await inspect(engine, request.container, signal);
  const state = State.Paused ? "paused" : State.Status;
  if (!State.Running || State.Paused) throw fail("CONTAINER_NOT_RUNNING", `${Name} is ${state}`);
  const inside = pathInside(Mounts, request.hostPath) ?? pathInside(Mounts, resolved(request.hostPath));
  if (inside === undefined) throw fail("PATH_NOT_MOUNTED", notMounted(request, Mounts));
  return openShell(engine.client.getContainer(request.container), inside, signal);
}

async function inspect(
  { client }: Engine,
  container: string,
  signal: AbortSignal,
): Promise<Dockerode.ContainerInspectInfo> {
  try {
    const info = await orAborted(client.getContainer(container).inspect(), signal);
    return { ...info, Name: info.Name.replace(/^\//, "") };
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) === 404) throw fail("CONTAINER_NOT_FOUND", `no container "${container}"`, { cause: error });
    throw refused(`looking at the container "${container}"`, error);
  }
}

function resolved(hostPath: string): string {
  try {
    return realpathSync(hostPath);
  } catch {
    return hostPath;
  }
}

function notMounted({ container, hostPath }: ViewRequest, mounts: Dockerode.ContainerInspectInfo["Mounts"]): string {
  const listed = mounts.map(({ Source, Destination }) => `${Source} at ${Destination}`).join(", ");
  return `${hostPath} is not visible in "${container}", which mounts ${listed || "nothing"}`;
}

/** Reads a verb and a path from two lines; answers with what it saw and a line of its mark and the status. */
const LOOKER = `
mark=$1; echo "$mark ready"
while IFS= read -r verb && IFS= read -r path; do
  case $verb in
    read) cat < "$path" 2>/dev/null ;;
    list) ls -a -- "$path" 2>/dev/null ;;
  esac
  status=$?
  printf '\\n%s %s\\n' "$mark" "$status"
done`;

async function openShell(container: Dockerode.Container, inside: string, signal: AbortSignal): Promise<ContainerView> {
  const mark = `seatrial-${randomBytes(8).toString("hex")}`;
  const channel = await startShell(container, ["sh", "-c", LOOKER, "sh", mark], signal);
  const answers = createInterface({ input: channel.output })[Symbol.asyncIterator]();
  const answer = async (): Promise<{ lines: string[]; status: string }> => {
    const lines: string[] = [];
    for (;;) {
      const next = await answers.next();
      // An engine that finds no such executable may answer with a stream that holds only its complaint.
      if (next.done)
        throw fail(
          "SHELL_MISSING",
          `no shell answers: ${lines.join(" ") || channel.errorTail() || (await channel.closed).reason}`,
        );
      if (next.value.startsWith(`${mark} `)) return { lines, status: next.value.slice(mark.length + 1) };
      lines.push(next.value);
    }
  };
  await orAborted(answer(), signal).catch(async (error: unknown) => {
    await channel.close();
    throw error;
  });
  const turns = createTurns();
  const ask = (verb: string, path: string) =>
    turns(async () => {
      if (path.includes("\n")) throw new RangeError("a path with a line break cannot be looked at");
      channel.input.write(`${verb}\n${path}\n`);
      const { lines, status } = await answer();
      return status === "0" ? lines.join("\n").replace(/\n+$/, "") : undefined;
    });
  return {
    path: inside,
    readFile: (path) => ask("read", path),
    list: async (path) => (await ask("list", path))?.split("\n").filter((name) => name !== "." && name !== ".."),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

async function startShell(
  container: Dockerode.Container,
  command: string[],
  signal: AbortSignal,
): Promise<AgentChannel> {
  try {
    return await orAborted(startExec(container, command), signal, (late) => void late.close());
  } catch (error) {
    signal.throwIfAborted();
    const isMissing = /executable file not found|no such file/i.test(engineMessage(error));
    throw fail(isMissing ? "SHELL_MISSING" : "ENGINE_REFUSED", engineMessage(error), { cause: error });
  }
}
