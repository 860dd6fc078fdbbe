import { expect, test } from "vitest";
import { handedSocket } from "./service-manager.ts";

test.each([
  [{}, undefined],
  [{ LISTEN_PID: "7", LISTEN_FDS: "1" }, 3],
  [{ LISTEN_PID: "8", LISTEN_FDS: "1" }, undefined],
  [{ LISTEN_PID: "7", LISTEN_FDS: "0" }, undefined],
  [{ LISTEN_FDS: "1" }, undefined],
])("of process 7 with %j a socket is handed over: %j", (env, descriptor) => {
  expect(handedSocket({ env, pid: 7 })).toBe(descriptor);
});
