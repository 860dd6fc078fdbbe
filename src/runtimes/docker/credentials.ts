import path from "node:path";
import { fail } from "./errors.ts";
import { dockerConfigDir, type Surroundings } from "./surroundings.ts";

/** TLS material for an engine behind tcp, as PEM text. */
export interface Credentials {
  ca?: string;
  cert?: string;
  key?: string;
  /** False accepts any certificate of the engine, as the user asked. */
  verify: boolean;
}

/** TLS for DOCKER_HOST: any value of DOCKER_TLS_VERIFY or DOCKER_TLS turns it on, only the first verifies. */
export function dockerHostCredentials(surroundings: Surroundings): Credentials | undefined {
  const { env } = surroundings;
  const verify = Boolean(env["DOCKER_TLS_VERIFY"]);
  if (!verify && !env["DOCKER_TLS"]) return undefined;
  const named = env["DOCKER_CERT_PATH"];
  const credentials = credentialsIn(named ?? dockerConfigDir(surroundings), verify, surroundings);
  if (named && !credentials?.cert)
    throw fail("ENGINE_TLS_UNREADABLE", `DOCKER_CERT_PATH=${named} has no readable cert.pem`);
  return credentials ?? { verify };
}

/**
 * The material in a directory of the docker command's form; undefined where it holds none of the three files.
 * @throws ENGINE_TLS_UNREADABLE for a certificate without its key, or a key without its certificate
 */
export function credentialsIn(directory: string, verify: boolean, { readText }: Surroundings): Credentials | undefined {
  const read = (name: string) => readText(path.join(directory, name));
  const [ca, cert, key] = [read("ca.pem"), read("cert.pem"), read("key.pem")];
  if (Boolean(cert) !== Boolean(key)) {
    throw fail(
      "ENGINE_TLS_UNREADABLE",
      `${directory} has ${cert ? "cert.pem but no readable key.pem" : "key.pem but no readable cert.pem"}`,
    );
  }
  if (!ca && !cert) return undefined;
  return { verify, ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) };
}
