import { getSystemErrorName } from "node:util";
import type { CephfsSettings } from "./settings.ts";

/** What an order came to: 0, or the negative number of the system's error; what was printed, and what was complained of. */
export interface OrderOutcome {
  result: number;
  output: string;
  complaint: string;
}

/** Ceph's own libraries, as much of them as gives orders. Calls wait in threads of their own. */
export interface CephLibrary {
  /** @throws Error with the system's code */
  connect(): Promise<void>;
  /** To the active manager. */
  manager(order: string): Promise<OrderOutcome>;
  /** To a metadata server: `cephfs:0` is the first of a file system. */
  metadataServer(server: string, order: string): Promise<OrderOutcome>;
}

/** The few functions of koffi's binary (https://koffi.dev) that are used; loaded by path, without its JavaScript half. */
interface Koffi {
  load(path: string): { func(prototype: string): NativeFunction };
  view(pointer: unknown, lengthBytes: number): ArrayBuffer;
}

interface NativeFunction {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}

/** What a C function has written to where it was pointed. */
type Written = [unknown];

const CONNECT_SECONDS = "5";
const COMMAND = "const char **words, size_t count, const char *input, size_t length";
const ANSWER = "_Out_ void **output, _Out_ size_t *outputLength, _Out_ void **complaint, _Out_ size_t *complaintLength";

/**
 * Loads librados (`rados/librados.h`) and libcephfs (`cephfs/libcephfs.h`), which come with Ceph's tools. An order through
 * them takes milliseconds, one through the `ceph` command the start of a Python program.
 * @throws Error with the loader's reason
 */
export function loadCephLibrary(koffiPath: string, settings: CephfsSettings): CephLibrary {
  const holder = { exports: {} as Koffi };
  process.dlopen(holder, koffiPath);
  const koffi = holder.exports;
  const rados = koffi.load("librados.so.2");
  const cephfs = koffi.load("libcephfs.so.2");
  const free = rados.func("void rados_buffer_free(void *buffer)");
  const managerCommand = rados.func(`int rados_mgr_command(void *cluster, ${COMMAND}, ${ANSWER})`);
  const serverCommand = cephfs.func(`int ceph_mds_command(void *mount, const char *server, ${COMMAND}, ${ANSWER})`);
  const cluster = openCluster(rados, settings);
  const mount = once(() => openMount(cephfs, cluster));

  const ask = (call: NativeFunction, words: readonly unknown[], order: string): Promise<OrderOutcome> => {
    const answer: Written[] = [[null], [0], [null], [0]];
    const [output = [null], outputBytes = [0], complaint = [null], complaintBytes = [0]] = answer;
    const text = ([pointer]: Written, [bytes]: Written): string => {
      if (pointer === null) return "";
      const copy = Buffer.from(koffi.view(pointer, Number(bytes))).toString("utf8");
      free(pointer);
      return copy;
    };
    return called(call, ...words, [order], 1, "", 0, ...answer).then((result) => ({
      ...{ result, output: text(output, outputBytes), complaint: text(complaint, complaintBytes) },
    }));
  };
  return {
    connect: async () => demand(await called(rados.func("int rados_connect(void *cluster)"), cluster)),
    manager: (order) => ask(managerCommand, [cluster], order),
    metadataServer: async (server, order) => ask(serverCommand, [await mount(), server], order),
  };
}

type Library = ReturnType<Koffi["load"]>;

function openCluster(rados: Library, settings: CephfsSettings): unknown {
  const create = rados.func(
    "int rados_create2(_Out_ void **cluster, const char *name, const char *user, uint64_t flags)",
  );
  const read = rados.func("int rados_conf_read_file(void *cluster, const char *path)");
  const set = rados.func("int rados_conf_set(void *cluster, const char *option, const char *value)");
  const cluster: Written = [null];
  demand(create(cluster, "ceph", `client.${settings.client}`, 0));
  demand(read(cluster[0], settings.configuration));
  for (const [option, value] of Object.entries(configuration(settings))) demand(set(cluster[0], option, value));
  return cluster[0];
}

function configuration({ monitors, keyring }: CephfsSettings): Record<string, string> {
  const silent = { log_to_file: "false", log_to_stderr: "false", err_to_stderr: "false", admin_socket: "" };
  return {
    ...silent,
    keyring,
    client_mount_timeout: CONNECT_SECONDS,
    ...(monitors !== undefined && { mon_host: monitors }),
  };
}

/** What libcephfs calls a mount is here no more than a connection: no file system is mounted. */
async function openMount(cephfs: Library, cluster: unknown): Promise<unknown> {
  const mount: Written = [null];
  demand(cephfs.func("int ceph_create_from_rados(_Out_ void **mount, void *cluster)")(mount, cluster));
  demand(await called(cephfs.func("int ceph_init(void *mount)"), mount[0]));
  return mount[0];
}

/** One attempt for all who want it, another after a failed one. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

function called(call: NativeFunction, ...args: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: Error | null, result: number) => (error ? reject(error) : resolve(result)));
  });
}

function demand(result: unknown): void {
  if (typeof result === "number" && result >= 0) return;
  const code = getSystemErrorName(result as number);
  throw Object.assign(new Error(code), { code });
}
