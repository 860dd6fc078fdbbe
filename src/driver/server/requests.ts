import { driverError } from "../errors.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
/** Engines make 64 hex digits; others may not. */
const MOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,255}$/;
const OPTION = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const LONGEST_QUOTE = 80;

/** What is asked for: a volume. */
export interface VolumeRequest {
  name: string;
}
/** One mount of a volume. */
export interface MountRequest extends VolumeRequest {
  id: string;
}
/** A volume, and how it is to be made. */
export interface CreateRequest extends VolumeRequest {
  options: ReadonlyMap<string, string>;
}

/** The volume that a body names. @throws SeatrialError REQUEST_REFUSED, NAME_REFUSED */
export function volumeRequest(body: string): VolumeRequest {
  return { name: nameIn(objectOf(body)) };
}

/** The volume and the mount's ID. @throws SeatrialError REQUEST_REFUSED, NAME_REFUSED */
export function mountRequest(body: string): MountRequest {
  const fields = objectOf(body);
  const name = nameIn(fields);
  const id = textIn(fields, "ID");
  if (!MOUNT_ID.test(id)) throw driverError("REQUEST_REFUSED", `ID: ${quoted(id)} is no ID of a mount`);
  return { name, id };
}

/** The volume and its options, which engines leave out or send as null. @throws SeatrialError REQUEST_REFUSED, NAME_REFUSED */
export function createRequest(body: string): CreateRequest {
  const fields = objectOf(body);
  return { name: nameIn(fields), options: optionsIn(fields.get("Opts")) };
}

/** Own fields only, in a map: none of them can be taken for something that every object has. */
function objectOf(body: string): ReadonlyMap<string, unknown> {
  if (body.trim() === "") throw driverError("REQUEST_REFUSED", "the body is empty");
  const value = jsonOf(body);
  if (!isObject(value)) throw driverError("REQUEST_REFUSED", "the body is no JSON object");
  return new Map(Object.entries(value));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw driverError("REQUEST_REFUSED", "the body is no JSON");
  }
}

function nameIn(fields: ReadonlyMap<string, unknown>): string {
  const name = textIn(fields, "Name");
  if (!NAME.test(name)) throw driverError("NAME_REFUSED", `${quoted(name)} is no name of a volume`);
  return name;
}

function textIn(fields: ReadonlyMap<string, unknown>, field: "Name" | "ID"): string {
  const value = fields.get(field);
  if (typeof value !== "string") throw driverError("REQUEST_REFUSED", `${field} is missing, or no text`);
  if (value === "") throw driverError("REQUEST_REFUSED", `${field} is empty`);
  return value;
}

function optionsIn(value: unknown): ReadonlyMap<string, string> {
  if (value === undefined || value === null) return new Map();
  if (!isObject(value)) throw driverError("REQUEST_REFUSED", "Opts is no object");
  return new Map(Object.entries(value).map(([name, text]) => [optionName(name), optionText(name, text)]));
}

function optionName(name: string): string {
  if (!OPTION.test(name)) throw driverError("OPTION_REFUSED", `${quoted(name)} is no name of an option`);
  return name;
}

function optionText(name: string, value: unknown): string {
  if (typeof value !== "string") throw driverError("OPTION_REFUSED", `the option ${name} has a value that is no text`);
  return value;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text);
}
