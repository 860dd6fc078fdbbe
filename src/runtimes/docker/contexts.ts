import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import { fail } from "./errors.ts";
import { dockerConfigDir, type Surroundings } from "./surroundings.ts";

/** What a context of the docker command says of its engine. */
export interface ContextAddress {
  address: string;
  /** Holds ca.pem, cert.pem and key.pem, where the context has any. */
  tlsDirectory: string;
  skipVerify: boolean;
}

const CONFIG = z.object({ currentContext: z.string().optional() });
const META = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string().min(1), SkipTLSVerify: z.boolean().default(false) }) }),
});

/** The context that `docker context use` chose, if any. */
export function currentContext(surroundings: Surroundings): string | undefined {
  const file = path.join(dockerConfigDir(surroundings), "config.json");
  return CONFIG.safeParse(parseJson(surroundings.readText(file))).data?.currentContext;
}

/**
 * Looks a context up in the docker command's store, where directories are named by the SHA-256 of the context's name
 * (docker/cli, cli/context/store).
 * @throws CONTEXT_NOT_FOUND
 */
export function contextAddress(name: string, surroundings: Surroundings): ContextAddress {
  const id = createHash("sha256").update(name).digest("hex");
  const store = path.join(dockerConfigDir(surroundings), "contexts");
  const file = path.join(store, "meta", id, "meta.json");
  const text = surroundings.readText(file);
  if (text === undefined) throw fail("CONTEXT_NOT_FOUND", `context "${name}": ${file} is missing or not readable`);
  const meta = META.safeParse(parseJson(text));
  if (!meta.success) throw fail("CONTEXT_NOT_FOUND", `context "${name}" names no Docker endpoint in ${file}`);
  const { Host: address, SkipTLSVerify: skipVerify } = meta.data.Endpoints.docker;
  return { address, tlsDirectory: path.join(store, "tls", id, "docker"), skipVerify };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "") as unknown;
  } catch {
    return undefined;
  }
}
