import type Dockerode from "dockerode";
import { toolPath } from "../programs.ts";
import type { Engine } from "./connect.ts";
import { accepting } from "./engine-error.ts";

/**
 * Which of these programs a base image does not have in its search path. Looked up in a container of it that is never
 * started; it carries the owner's labels, so that a killed lab's is swept.
 */
export async function programsMissing(
  { client }: Engine,
  { baseId, labels }: { baseId: string; labels: Record<string, string> },
  programs: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const { Config } = await client.getImage(baseId).inspect();
  const searchPath = Config.Env?.find((variable) => variable.startsWith("PATH="))?.slice("PATH=".length);
  const directories = (searchPath ?? toolPath(undefined)).split(":").filter(Boolean);
  const container = await client.createContainer({ Image: baseId, Cmd: ["none"], Labels: labels, abortSignal: signal });
  try {
    const missing: string[] = [];
    for (const program of programs) if (!(await isIn(container, directories, program, signal))) missing.push(program);
    return missing;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

async function isIn(
  container: Dockerode.Container,
  directories: readonly string[],
  program: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (const directory of directories) {
    const path = `${directory}/${program}`;
    const look = async () => {
      const answer = (await container.infoArchive({ path, abortSignal: signal })) as NodeJS.ReadableStream;
      answer.resume();
    };
    if (await accepting([404], look)) return true;
  }
  return false;
}
