import path from "node:path";
import { DirectoryBackEnd } from "../back-end.ts";
import type { Options } from "../options.ts";
import { run } from "../programs.ts";
import { BadRequest, RequestReader } from "../requests.ts";
import type { Mutant } from "./mutant.ts";

const SHORT = 64;

/** Drivers that take names for what they are not. */
export const namingMutants: readonly Mutant[] = [
  {
    id: "name-in-path",
    defect: "The name is joined into a path as it is.",
    seenIn: "rclone serve docker, buttervolume#82",
    meant: ["N02", "N08"],
    parts: { Reader: reading((name) => name) },
  },
  {
    id: "name-in-shell",
    defect: "The name is part of a shell's command.",
    seenIn: "netshare, frost#305",
    meant: ["N03"],
    parts: {
      Reader: reading((name) => name),
      BackEnd: class extends DirectoryBackEnd {
        override async create(name: string, options: Options): Promise<boolean> {
          await run("sh", ["-c", `mkdir -p ${path.join(this.directory, ".log")}; : create ${name}`]);
          return super.create(name, options);
        }
      },
    },
  },
  {
    id: "name-cut",
    defect: "Names are cut to 64 characters, and long ones become one volume.",
    seenIn: "by construction; names of images and pools have limits",
    meant: ["N05"],
    parts: { Reader: reading((name) => name.slice(0, SHORT)) },
  },
  {
    id: "name-folded",
    defect: "Capital and small letters are one.",
    seenIn: "by construction; back ends on case-insensitive file systems",
    meant: ["N06"],
    parts: { Reader: reading((name) => name.toLowerCase()) },
  },
  {
    id: "name-cleaned",
    defect: "Control characters are taken out of names, and two names become one.",
    seenIn: "by construction",
    meant: ["N04"],
    parts: { Reader: reading((name) => name.replaceAll(/\p{Cc}|\uFFFD/gu, "")) },
  },
  {
    id: "name-of-its-own",
    defect: "Names that the driver uses itself are volumes too.",
    seenIn: "by construction",
    meant: ["N07"],
    parts: {
      Reader: reading((name) => name),
    },
  },
  {
    id: "name-refused",
    defect: "Only small letters, digits and hyphens are taken for a name.",
    seenIn: "heliumdatacommons",
    meant: ["N01"],
    parts: {
      Reader: reading((name) => {
        if (!/^[a-z0-9-]+$/.test(name)) throw new BadRequest("Name must be small letters, digits and hyphens");
        return name;
      }),
    },
  },
];

/** A reader that takes any text for a name, and makes something of it. */
function reading(make: (name: string) => string): typeof RequestReader {
  return class extends RequestReader {
    override name(fields: Record<string, unknown>): string {
      const name = fields["Name"];
      return typeof name === "string" && name !== "" ? make(name) : super.name(fields);
    }
  };
}
