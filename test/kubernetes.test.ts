import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { StatefulSet } from "kubernetes-models/apps/v1";
import { Namespace, PersistentVolumeClaim, Service } from "kubernetes-models/v1";
import ts from "typescript";
import { describe, expect, it, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { readLoopConfig } from "../src/cli/integrity-loop/config-file.ts";
import { lazyActions } from "../src/cli/cli.ts";
import { defineProgram } from "../src/cli/program.ts";

const FOLDER = "deploy/kubernetes/integrity";

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  [key: string]: unknown;
}

/** Classes made of the API's published OpenAPI schema: they check formats, and their types know every field. */
const MODELS = { Namespace, PersistentVolumeClaim, Service, StatefulSet } as const;
const MODULES: Readonly<Record<string, string>> = {
  "apps/v1": "kubernetes-models/apps/v1",
  v1: "kubernetes-models/v1",
};

const kustomization = parse(readFileSync(`${FOLDER}/kustomization.yaml`, "utf8")) as {
  resources: string[];
  configMapGenerator: { name: string; files: string[] }[];
};

const manifests = kustomization.resources.flatMap((file) =>
  parseAllDocuments(readFileSync(path.join(FOLDER, file), "utf8")).map((document) => document.toJS() as Manifest),
);
const named = manifests.map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const);

/** What the compiler says of manifests as values of the API's types, at any depth; it names fields that are none. */
function typeErrors(...given: Manifest[]): string[] {
  const source = given.map(
    (manifest, i) => `import type { I${manifest.kind} as Kind${i} } from "${MODULES[manifest.apiVersion]}";
export const manifest${i}: Kind${i} = ${JSON.stringify(manifest)};`,
  );
  const file = path.resolve("test", "manifests.ts");
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, source.join("\n"), version) : getSourceFile(name, version, ...rest);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("the manifests", () => {
  test.each(named)("%s %s is valid by the API's schema", (kind, _name, manifest) => {
    const Model = MODELS[kind as keyof typeof MODELS];
    expect(() => new Model(manifest as never).validate()).not.toThrow();
  });

  it("have no field that the API does not know", () => {
    expect(manifests.length).toBeGreaterThan(4);
    expect(typeErrors(...manifests)).toEqual([]);
  });

  it("would not be with a field that is none, of another type, or missing", () => {
    const set = manifests.find(({ kind }) => kind === "StatefulSet") as Manifest & { spec: Record<string, unknown> };
    const replica = { ...set, spec: { ...set.spec, replica: 1 } };
    const probe = JSON.parse(JSON.stringify(set).replace('"readinessProbe"', '"readinesProbe"')) as Manifest;
    expect(typeErrors(replica, probe, { ...set, spec: { ...set.spec, replicas: "1" } })).toEqual([
      expect.stringContaining('"replica"'),
      expect.stringContaining('"readinesProbe"'),
      expect.stringContaining("not assignable to type 'number'"),
    ]);
    expect(() => new StatefulSet({ ...set, spec: { replicas: 1 } } as never).validate()).toThrow("selector");
  });

  it("are all there is, and name each other rightly", () => {
    const files = readdirSync(FOLDER).filter((file) => file !== "kustomization.yaml" && file !== "config.json");
    expect(files.sort()).toEqual([...kustomization.resources].sort());
    const pod = podOf(manifests);
    const claims = pod.volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
    const made = manifests.filter(({ kind }) => kind === "PersistentVolumeClaim").map(({ metadata }) => metadata.name);
    expect(claims).toEqual(made);
    expect(pod.volumes.flatMap(({ configMap }) => configMap?.name ?? [])).toEqual([
      kustomization.configMapGenerator[0]?.name,
    ]);
  });

  it("run a command that there is, with a configuration that it takes, on the ports that it serves", () => {
    const pod = podOf(manifests);
    const program = defineProgram("0", lazyActions({ within: async () => {}, alone: async () => {} }), {
      ids: [],
      flags: [],
    });
    const group = program.commands.find((command) => command.name() === "integrity");
    const loop = group?.commands.find((command) => command.name() === "loop");
    const known = loop?.options.map(({ long }) => long) ?? [];
    for (const { command } of [...pod.initContainers, ...pod.containers]) {
      expect(command.slice(0, 3)).toEqual(["seatrial", "integrity", "loop"]);
      expect(command.slice(3).filter((flag) => !known.includes(flag))).toEqual([]);
    }
    const { settings, warnings } = readLoopConfig(`${FOLDER}/config.json`, { env: {} });
    expect(warnings).toEqual([]);
    expect(settings.metrics).toEqual({ port: pod.containers[0]?.ports[0]?.containerPort, address: "0.0.0.0" });
  });

  it("let nobody in who does not need to be", () => {
    const pod = podOf(manifests);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    for (const { securityContext } of [...pod.initContainers, ...pod.containers])
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
  });
});

interface Pod {
  securityContext: object;
  initContainers: Container[];
  containers: Container[];
  volumes: { persistentVolumeClaim?: { claimName: string }; configMap?: { name: string } }[];
}
interface Container {
  command: string[];
  ports: { containerPort: number }[];
  securityContext: object;
}

function podOf(all: readonly Manifest[]): Pod {
  const set = all.find(({ kind }) => kind === "StatefulSet") as unknown as { spec: { template: { spec: Pod } } };
  return set.spec.template.spec;
}
