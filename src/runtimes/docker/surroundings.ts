import path from "node:path";

/** What address resolution reads of the machine; handed in so that its rules can be tested without one. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
  /** The file's text, or undefined where it cannot be read. */
  readText(file: string): string | undefined;
}

/** The docker command's configuration directory. */
export function dockerConfigDir({ env, home }: Surroundings): string {
  return env["DOCKER_CONFIG"] || path.join(home, ".docker");
}
