import { execFile } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { requires } from "../requires.ts";
import { createUser, type Ended, TINY } from "./binary.ts";

const DOCKER = TINY.map((word) => (word === "embedded" ? "docker" : word));

/** A command that cannot do what it is asked, in a folder with an empty directory `dir` and a text `file`. */
interface BadInput {
  what: string;
  words: readonly string[];
  env?: Record<string, string>;
  exit: 2 | 3;
  code: string;
  reason: RegExp;
  remedy: RegExp;
}

async function expectRefusal({ words, env, exit, code, reason, remedy }: BadInput): Promise<void> {
  const user = createUser();
  mkdirSync(path.join(user.folder, "dir"));
  writeFileSync(path.join(user.folder, "file"), "no report\n");
  const inFolder = (text: string) => text.replaceAll("{folder}", realpathSync(user.folder));
  const own = Object.fromEntries(Object.entries(env ?? {}).map(([name, text]) => [name, inFolder(text)]));
  const ended = await user.start(words.map(inFolder), own).ended;
  const said = wordsOf(ended);
  expect([ended.exit, said]).toEqual([exit, expect.stringContaining(code)]);
  expect(said).toMatch(reason);
  expect(said).toMatch(remedy);
  // A defect tells its stack; a refusal tells what to do.
  expect(said).not.toMatch(/\n\s+at .*:\d+:\d+/);
}

/** All that was said, on one line, however wide it was set. */
const wordsOf = ({ stdout, stderr }: Pick<Ended, "stdout" | "stderr">): string =>
  `${stdout}\n${stderr}`.replaceAll(/\s+/g, " ");

const PLACES: BadInput[] = [
  {
    what: "a plan file that is missing",
    words: [...TINY, "--plan", "missing.yaml"],
    exit: 2,
    code: "PLAN_FILE_UNREADABLE",
    reason: /no such file.*missing\.yaml/,
    remedy: /Give a YAML file that you may read/,
  },
  {
    what: "a plan file that is a directory",
    words: [...TINY, "--plan", "dir"],
    exit: 2,
    code: "PLAN_FILE_UNREADABLE",
    reason: /is a directory|illegal operation on a directory/,
    remedy: /Give a YAML file that you may read/,
  },
  {
    what: "a directory to try that is missing",
    words: [...TINY, "--path", "{folder}/missing"],
    exit: 3,
    code: "WORKDIR_NOT_WRITABLE",
    reason: /cannot use \S+\/missing: .*no such file/,
    remedy: /Name a directory in which you may write/,
  },
  {
    what: "a directory to try that is a file",
    words: [...TINY, "--path", "{folder}/file"],
    exit: 3,
    code: "WORKDIR_NOT_WRITABLE",
    reason: /not a directory/,
    remedy: /Name a directory in which you may write/,
  },
  {
    what: "a temporary directory that is missing",
    words: TINY,
    env: { TMPDIR: "/nowhere" },
    exit: 3,
    code: "WORKDIR_NOT_WRITABLE",
    reason: /cannot use \/nowhere/,
    remedy: /Name a directory in which you may write/,
  },
  {
    what: "another mount of nothing",
    words: [...TINY, "--share", "{folder}/dir"],
    exit: 2,
    code: "VISIBILITY_PATH",
    reason: /--share is another mount of --path/,
    remedy: /Give --path an existing directory/,
  },
  {
    what: "another mount that is missing",
    words: [...TINY, "--path", "{folder}/dir", "--share", "{folder}/missing"],
    exit: 3,
    code: "EMBEDDED_SOURCE_MISSING",
    reason: /the mount source "\S+\/missing" cannot be used: .*no such file/,
    remedy: /Make the directory or file first/,
  },
  {
    what: "a folder of runs below a file",
    words: [...TINY, "--out", "file/below"],
    exit: 3,
    code: "RUN_FOLDER_NOT_WRITABLE",
    reason: /file\/below: .*not a directory/,
    remedy: /Choose another folder with --out/,
  },
  {
    what: "a folder of runs where nothing can be made",
    words: [...TINY, "--out", "/proc/runs"],
    exit: 3,
    code: "RUN_FOLDER_NOT_WRITABLE",
    reason: /\/proc\/runs/,
    remedy: /Choose another folder with --out/,
  },
  {
    what: "a state folder that is a file",
    words: TINY,
    env: { SEATRIAL_STATE_DIR: "{folder}/file" },
    exit: 3,
    code: "STATE_FOLDER_NOT_WRITABLE",
    reason: /file: .*not a directory/,
    remedy: /another in SEATRIAL_STATE_DIR/,
  },
  {
    what: "an output in a directory that is missing",
    words: [...TINY, "--output", "missing/report.json"],
    exit: 3,
    code: "OUTPUT_NOT_WRITABLE",
    reason: /missing\/report\.json: .*no such file/,
    remedy: /Name a file in an existing directory/,
  },
  {
    what: "an output that is a directory",
    words: [...TINY, "--junit", "dir"],
    exit: 3,
    code: "OUTPUT_NOT_WRITABLE",
    reason: /dir: it is a directory/,
    remedy: /Name a file in an existing directory/,
  },
  {
    what: "a foreign report that is missing",
    words: ["import", "missing.json"],
    exit: 2,
    code: "IMPORT_UNREADABLE",
    reason: /missing\.json: .*no such file/,
    remedy: /Give a JSON report/,
  },
  {
    what: "a foreign report that is no JSON",
    words: ["import", "file"],
    exit: 2,
    code: "IMPORT_UNREADABLE",
    reason: /file is not JSON/,
    remedy: /Give a JSON report/,
  },
  {
    what: "a run that is nowhere",
    words: ["recheck", "missing"],
    exit: 2,
    code: "RUN_NOT_FOUND",
    reason: /neither a folder missing nor a run/,
    remedy: /seatrial ls/,
  },
  {
    what: "a run that is none",
    words: ["report", "dir"],
    exit: 2,
    code: "RUN_UNREADABLE",
    reason: /dir is no run folder/,
    remedy: /Give a folder that seatrial has written/,
  },
  {
    what: "two runs that are nowhere",
    words: ["diff", "one", "other"],
    exit: 2,
    code: "RUN_NOT_FOUND",
    reason: /neither a folder one nor a run/,
    remedy: /seatrial ls/,
  },
];

const UNFIT = { words: DOCKER, exit: 3, code: "RUNTIME_UNFIT" } as const;
const START_ONE = /Start Docker Engine.*or set DOCKER_HOST/;

const ENGINES: BadInput[] = [
  {
    ...UNFIT,
    what: "a socket that is missing",
    env: { DOCKER_HOST: "unix:///nowhere.sock" },
    reason: /unix:\/\/\/nowhere\.sock \(DOCKER_HOST\): there is no such socket|no such socket/,
    remedy: START_ONE,
  },
  {
    ...UNFIT,
    what: "a socket that is a file",
    env: { DOCKER_HOST: "unix://{folder}/file" },
    reason: /file \(DOCKER_HOST\): nobody listens there/,
    remedy: START_ONE,
  },
  {
    ...UNFIT,
    what: "a port on which nobody listens",
    env: { DOCKER_HOST: "tcp://127.0.0.1:1" },
    reason: /tcp:\/\/127\.0\.0\.1:1 \(DOCKER_HOST\): nobody listens there/,
    remedy: START_ONE,
  },
  {
    ...UNFIT,
    what: "an address of no known kind",
    env: { DOCKER_HOST: "ftp://engine" },
    reason: /"ftp" is no known way to reach an engine/,
    remedy: /Give it as unix:\/\/\/path\/to\.sock/,
  },
  {
    ...UNFIT,
    what: "a context that is missing",
    env: { DOCKER_CONTEXT: "missing" },
    reason: /context "missing"/,
    remedy: /docker context ls/,
  },
  {
    ...UNFIT,
    what: "certificates that are missing",
    env: { DOCKER_HOST: "tcp://127.0.0.1:1", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "{folder}/dir" },
    reason: /DOCKER_CERT_PATH=\S+dir has no readable/,
    remedy: /Put ca\.pem, cert\.pem and key\.pem/,
  },
];

describe("a place that cannot be", () => {
  test.each(PLACES)("$what", expectRefusal);
});

describe("an engine that cannot be reached", () => {
  test.each(ENGINES)("$what", expectRefusal);

  test.each([
    [
      "something else answers",
      (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhello"),
      /not a Docker Engine/,
    ],
    ["nothing is ever said", () => {}, /no answer within 5 s/],
  ])("%s", async (_what, answer, reason) => {
    const user = createUser();
    const file = path.join(user.folder, "other.sock");
    const connections: net.Socket[] = [];
    const server = net.createServer((socket) => {
      connections.push(socket.on("error", () => {}));
      socket.once("data", () => answer(socket));
    });
    await new Promise<void>((resolve) => server.listen(file, resolve));
    onTestFinished(() => {
      for (const connection of connections) connection.destroy();
      server.close();
    });
    const ended = await user.start(DOCKER, { DOCKER_HOST: `unix://${file}` }).ended;
    expect([ended.exit, wordsOf(ended)]).toEqual([3, expect.stringMatching(reason)]);
    expect(wordsOf(ended)).toMatch(START_ONE);
  });
});

requires("docker")("an image that cannot be had", () => {
  const env = { DOCKER_HOST: process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock" };
  const refused = { env, exit: 3, code: "IMAGE_UNAVAILABLE", remedy: /Pull or load it yourself/ } as const;
  test.each<BadInput>([
    {
      ...refused,
      what: "one that nobody has",
      words: [...DOCKER, "--image", "localhost:1/no/such:1"],
      reason: /no\/such:1/,
    },
    {
      ...refused,
      what: "no name at all",
      words: [...DOCKER, "--image", "NO NAME"],
      reason: /"NO NAME" cannot be the name/,
    },
  ])("$what", expectRefusal);
});

/** As much of a JSON Schema as the options need. */
interface OptionSchema {
  type?: string | string[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  enum?: string[];
  items?: OptionSchema;
  properties?: Record<string, OptionSchema>;
  additionalProperties?: OptionSchema;
}

/** Values that it forbids. */
function forbidden(schema: OptionSchema): unknown[] {
  const values: unknown[] = [];
  if (schema.minimum !== undefined) values.push(schema.minimum - 1);
  if (schema.maximum !== undefined) values.push(schema.maximum + 1);
  if (schema.type === "integer" && schema.minimum !== undefined) values.push(schema.minimum + 0.5);
  if (schema.enum) values.push("nonsense");
  else if (schema.type === "string") values.push(schema.pattern ? "without its first character" : "");
  if (schema.minItems) values.push([]);
  if (schema.maxItems) values.push(Array.from({ length: schema.maxItems + 1 }, () => 1));
  if (schema.properties) values.push({ nonsense: 1 });
  if (schema.items) values.push(...forbidden(schema.items).map((value) => [value]));
  if (schema.additionalProperties)
    values.push(...forbidden(schema.additionalProperties).map((value) => ({ x: value })));
  return values;
}

it("every option out of its range is refused by its name", async () => {
  const user = createUser();
  const { properties } = JSON.parse((await user.run("schema", "visibility")).stdout) as {
    properties: Record<string, OptionSchema>;
  };
  const settings = Object.entries(properties).flatMap(([name, schema]) =>
    forbidden(schema).map((value) => ({ name, setting: `${name}=${JSON.stringify(value)}` })),
  );
  expect(new Set(settings.map(({ name }) => name))).toEqual(new Set(Object.keys(properties)));
  const wrong: string[] = [];
  for (const { name, setting } of settings) {
    const { exit, stdout } = await user.run(...TINY, "--set", setting, "--explain", "--json");
    const { error } = JSON.parse(stdout) as { error?: { code: string; detail: string; remedy: string } };
    const isRefused =
      exit === 2 && error?.code === "OPTIONS_INVALID" && error.detail.includes(name) && error.remedy !== "";
    if (!isRefused) wrong.push(`${setting}: ${exit} ${JSON.stringify(error)}`);
  }
  expect(wrong).toEqual([]);
});

requires("embedded", "root")("a disk that is full under the run folder", () => {
  const run = promisify(execFile);

  // From too small for a manifest to too small for a report's drawings; the sizes are those of whole pages.
  test.each([32, 64, 140, 200, 400, 800])("%i KiB", async (sizeKib) => {
    const user = createUser();
    const seatrial = `"${process.execPath}" "${path.resolve("dist/cli/main.js")}"`;
    const script = [
      `mkdir full && mount -t tmpfs -o size=${sizeKib}k none full`,
      `${seatrial} ${[...TINY, "--samples", "300", "--max-duration", "10m"].join(" ")} --out full --quiet`,
      'echo "exit $?"; unfinished=$(ls -A full | grep -c "^[.]"); echo "unfinished $unfinished"',
      `test -z "$(ls full)" || { ${seatrial} recheck latest --out full; echo "recheck $?"; }`,
    ].join("\n");
    const env = { PATH: process.env["PATH"], HOME: user.folder, SEATRIAL_STATE_DIR: path.join(user.folder, "state") };
    const said = wordsOf(await run("unshare", ["--mount", "sh", "-c", script], { cwd: user.folder, env }));
    expect(said).toMatch(/exit 3 unfinished 0/);
    expect(said).toMatch(/DISK_FULL.*No space left on device|DISK_FULL.*no space left on device/);
    expect(said).toContain("Free some space or choose another folder with --out");
    expect(said).not.toMatch(/recheck [0124]/);
    expect(said).not.toContain("PASS run");
  });
});
