import type { ServerResponse } from "node:http";
import { DriverServer, type Served } from "../server.ts";
import type { Mutant } from "./mutant.ts";

/** Drivers whose answers have another form. */
export const formMutants: readonly Mutant[] = [
  {
    id: "err-in-200",
    defect: "Errors are Err in a status of 200, where Podman does not look.",
    seenIn: "the form that is documented",
    meant: ["P12"],
    parts: {
      Server: class extends DriverServer {
        protected override answer(response: ServerResponse, _status: number, fields: object): void {
          super.answer(response, 200, fields);
        }
      },
    },
  },
  {
    id: "errors-as-text",
    defect: "Errors are plain text.",
    seenIn: "go-plugins-helpers for what it cannot decode",
    meant: ["P12"],
    parts: {
      Server: class extends DriverServer {
        protected override answer(response: ServerResponse, status: number, fields: object): void {
          if (status === 200) super.answer(response, status, fields);
          else response.writeHead(status, { "Content-Type": "text/plain" }).end(Object.values(fields).join());
        }
      },
    },
  },
  {
    id: "implements-nothing",
    defect: "Plugin.Activate does not say that it is a volume driver.",
    seenIn: "by construction",
    meant: ["P01"],
    parts: { Server: answering("/Plugin.Activate", () => ({ Implements: ["volumedriver"] })) },
  },
  {
    id: "scope-changes",
    defect: "Capabilities tells another scope each time.",
    seenIn: "by construction",
    meant: ["P04"],
    parts: {
      Server: answering("/VolumeDriver.Capabilities", (count) => ({
        Capabilities: { Scope: count % 2 === 0 ? "local" : "global" },
      })),
    },
  },
  {
    id: "scope-local",
    defect: "Volumes that all hosts have are said to be this one's.",
    seenIn: "heliumdatacommons, Brindster/cephfs",
    meant: ["P05"],
    isGlobal: true,
    parts: { Server: answering("/VolumeDriver.Capabilities", () => ({ Capabilities: { Scope: "local" } })) },
  },
  {
    id: "unknown-methods-succeed",
    defect: "A method that nobody knows is answered with success.",
    seenIn: "by construction",
    meant: ["P11"],
    parts: {
      Server: class extends DriverServer {
        protected override refuse(...[request, response, status, error]: Parameters<DriverServer["refuse"]>): void {
          if (status === 404) this.answer(response, 200, { Err: "" });
          else super.refuse(request, response, status, error);
        }
      },
    },
  },
  {
    id: "keys-of-its-own",
    defect: "Answers have keys that the protocol does not know.",
    seenIn: "by construction",
    meant: ["P13"],
    parts: {
      Server: class extends DriverServer {
        protected override answer(response: ServerResponse, status: number, fields: object): void {
          super.answer(response, status, { ...fields, Volumes: null, Success: true, Debug: {} });
        }
      },
    },
  },
];

/** A server whose answer to one path is `fields`, which are told how often it was asked before. */
function answering(path: string, fields: (count: number) => object): typeof DriverServer {
  return class extends DriverServer {
    constructor(served: Served) {
      let count = 0;
      super({ ...served, methods: { ...served.methods, [path]: () => Promise.resolve(fields(count++)) } });
    }
  };
}
