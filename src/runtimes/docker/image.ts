import os from "node:os";
import type Dockerode from "dockerode";
import type { AgentBundle } from "../../core/agent.ts";
import type { OpenContext, Owner } from "../../core/runtime.ts";
import { orAborted } from "./abort.ts";
import { payloadDigest, tarOf } from "./archive.ts";
import { programsMissing } from "./base-programs.ts";
import type { Engine } from "./connect.ts";
import { engineMessage, refused, statusOf } from "./engine-error.ts";
import { fail } from "./errors.ts";
import { LABEL, ownerLabels } from "./labels.ts";
import { AGENT_NATIVE, AGENT_SCRIPT, ownNodePayload, type Payload, scriptPayload } from "./node-files.ts";
import { withPrograms } from "./program-files.ts";
import { followSteps } from "./progress-stream.ts";

const REPOSITORY = "seatrial-agent";

/** An image on the engine that an agent can be started in. */
export interface AgentImage {
  /** Name and tag. */
  reference: string;
  /** Node.js inside, with its first arguments. */
  node: readonly string[];
  /** The agent, started to serve on its standard streams. */
  serve: readonly string[];
  /** Variables (`NAME=value`) for its containers. */
  env: readonly string[];
}

/** What an image is made of beside the agent. */
export interface ImageRequest {
  agent: AgentBundle;
  /** The user's image to add to; without one it holds nothing but what we put there. */
  base: string | undefined;
  /** Names of programs that must be inside. */
  programs: readonly string[];
  /** Where this machine's programs are looked for. */
  userPath: string | undefined;
}

/** Go's names of architectures, as engines use them, for Node's. */
const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/** Why this machine's Node.js cannot run in the engine's containers; "" where it can. */
export function ownNodeUnusable({ version }: Engine): string {
  const architecture = GO_ARCHITECTURES[os.arch()] ?? os.arch();
  if (os.platform() === version.Os && architecture === version.Arch) return "";
  return `this machine is ${os.platform()}/${architecture}, the engine ${version.Os}/${version.Arch}`;
}

/**
 * The image for a base (or for none): found on the engine by the digest of its contents, else made.
 * @throws IMAGE_PLATFORM, IMAGE_UNAVAILABLE, IMAGE_BUILD_FAILED, PROGRAM_MISSING
 */
export async function ensureImage(engine: Engine, request: ImageRequest, context: OpenContext): Promise<AgentImage> {
  const { base } = request;
  const baseId = base === undefined ? "" : await ensureBase(engine, base, context);
  const payload = await payloadFor(engine, request, baseId, context);
  const digest = await payloadDigest(payload);
  const tag = baseId ? `${digest}-${baseId.replace(/^sha256:/, "").slice(0, 12)}` : digest;
  const reference = `${REPOSITORY}:${tag}`;
  if (!(await inspectImage(engine, reference, context.signal))) {
    context.progress(base ? `adding the agent to ${base}` : "making the agent's image");
    await makeImage(engine, { payload, tag, digest, baseId }, context);
  }
  return { reference, node: payload.node, serve: [...payload.node, AGENT_SCRIPT, "serve"], env: payload.env };
}

async function payloadFor(
  engine: Engine,
  request: ImageRequest,
  baseId: string,
  { owner, signal }: OpenContext,
): Promise<Payload> {
  const { agent, base, userPath } = request;
  const unusable = ownNodeUnusable(engine);
  if (unusable && (base === undefined || engine.version.Os !== "linux")) throw fail("IMAGE_PLATFORM", unusable);
  const programs = base === undefined ? request.programs : await programsToAdd(engine, request, baseId, owner, signal);
  if (unusable && programs.length > 0)
    throw fail("PROGRAM_MISSING", `${base} has no ${programs.join(", ")}, and ${unusable}`);
  const payload = unusable ? scriptPayload(agent) : await ownNodePayload(agent, signal);
  return withPrograms(payload, { programs, hasBase: base !== undefined, userPath }, signal);
}

async function programsToAdd(
  engine: Engine,
  { base, programs }: ImageRequest,
  baseId: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string[]> {
  if (programs.length === 0) return [];
  const look = { baseId, labels: ownerLabels(owner) };
  const missing = await programsMissing(engine, look, [...programs, "sh"], signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw refused(`looking into the image ${base}`, error);
  });
  const toAdd = missing.filter((program) => program !== "sh");
  if (toAdd.length > 0 && missing.includes("sh"))
    throw fail("PROGRAM_MISSING", `${base} has neither ${toAdd.join(", ")} nor a shell to start this machine's with`);
  return toAdd;
}

interface Recipe {
  payload: Payload;
  tag: string;
  digest: string;
  /** The base image's id; "" for an image of the payload alone. */
  baseId: string;
}

async function makeImage(engine: Engine, recipe: Recipe, context: OpenContext): Promise<void> {
  try {
    await (recipe.baseId ? commitOnto(engine, recipe, context) : importAlone(engine, recipe, context.signal));
  } catch (error) {
    context.signal.throwIfAborted();
    throw fail("IMAGE_BUILD_FAILED", engineMessage(error), { cause: error });
  }
}

async function importAlone({ client }: Engine, recipe: Recipe, signal: AbortSignal): Promise<void> {
  const archive = tarOf(recipe.payload, [{ name: "tmp", mode: 0o1777 }]);
  // The tag within `repo`, as the docker command sends it: Podman 4 pays no heed to one beside it.
  const options = { repo: `${REPOSITORY}:${recipe.tag}`, changes: changesOf(recipe), abortSignal: signal };
  const stream = await client.importImage(archive, options);
  await followSteps(stream, () => {});
}

/** Copies the payload into a container of the base that is never started, and keeps that as an image. */
async function commitOnto({ client }: Engine, recipe: Recipe, { owner, signal }: OpenContext): Promise<void> {
  const labels = ownerLabels(owner);
  const container = await client.createContainer({ Image: recipe.baseId, Cmd: ["none"], Labels: labels });
  try {
    await container.putArchive(tarOf(recipe.payload), { path: "/", abortSignal: signal });
    // A commit copies the container's labels; the image belongs to nobody.
    const disowned = Object.keys(labels).map((label) => `LABEL ${label}=""`);
    const changes = [...changesOf(recipe), ...disowned];
    await container.commit({ repo: REPOSITORY, tag: recipe.tag, changes, pause: false, abortSignal: signal });
  } finally {
    await container.remove({ force: true, v: true });
  }
}

function changesOf({ payload, digest }: Recipe): string[] {
  return [
    `LABEL ${LABEL.cache}=true`,
    `LABEL ${LABEL.payload}=${digest}`,
    `ENV SEATRIAL_NATIVE=${AGENT_NATIVE}`,
    `ENTRYPOINT ${JSON.stringify([...payload.node, AGENT_SCRIPT, "serve"])}`,
  ];
}

/** The id of the user's base image, pulled where the engine lacks it. */
async function ensureBase(engine: Engine, base: string, context: OpenContext): Promise<string> {
  if (!/^[A-Za-z0-9][\w.:/@-]*$/.test(base))
    throw fail("IMAGE_UNAVAILABLE", `"${base}" cannot be the name of an image`);
  const found = await inspectImage(engine, base, context.signal);
  if (found) return found.Id;
  await pull(engine, base, context);
  const pulled = await inspectImage(engine, base, context.signal);
  if (!pulled) throw fail("IMAGE_UNAVAILABLE", `${base} was pulled but the engine does not know it by that name`);
  return pulled.Id;
}

async function pull({ client }: Engine, base: string, { signal, progress }: OpenContext): Promise<void> {
  progress(`pulling ${base}`);
  try {
    const stream = await client.pull(withTag(base), { abortSignal: signal });
    await followSteps(stream, ({ status, id }) => {
      if (id && status?.endsWith("complete")) progress(`pulling ${base}: ${id} ${status.toLowerCase()}`);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw fail("IMAGE_UNAVAILABLE", `${base}: ${engineMessage(error)}`, { cause: error });
  }
}

/** The engine pulls every tag of a name that has none. */
export function withTag(reference: string): string {
  return /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;
}

async function inspectImage(
  { client }: Engine,
  reference: string,
  signal: AbortSignal,
): Promise<Dockerode.ImageInspectInfo | undefined> {
  try {
    return await orAborted(client.getImage(reference).inspect(), signal);
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) === 404) return undefined;
    throw refused(`looking for the image ${reference}`, error);
  }
}

/** Removes cached images that no container uses; says what it removed, one line each. */
export async function removeCachedImages({ client }: Engine, signal: AbortSignal): Promise<string[]> {
  const images = await client.listImages({ filters: { label: [`${LABEL.cache}=true`] }, abortSignal: signal });
  const removed: string[] = [];
  for (const image of images) {
    const name = image.RepoTags?.[0] ?? image.Id;
    try {
      await client.getImage(image.Id).remove({ force: false, abortSignal: signal });
      removed.push(`image ${name}`);
    } catch (error) {
      // 409: a container uses it, and keeps it for its next start.
      if (statusOf(error) !== 409 && statusOf(error) !== 404) throw refused(`removing the image ${name}`, error);
    }
  }
  return removed;
}
