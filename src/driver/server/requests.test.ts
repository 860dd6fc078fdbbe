import { describe, expect, test } from "vitest";
import { createRequest, mountRequest, volumeRequest } from "./requests.ts";

const refusal = (read: () => unknown): string => {
  try {
    return JSON.stringify(read());
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a body", () => {
  test.each(["", " \n", "{", "[]", '"x"', "null", "7", '{"Name":"v"} more', '\uFEFF{"Name":"v"}'])(
    "that is no JSON object is refused: %j",
    (body) => {
      expect(refusal(() => volumeRequest(body))).toBe("REQUEST_REFUSED");
    },
  );

  test("may have a newline at its end and fields that nobody knows", () => {
    expect(volumeRequest('{"Name":"v","Other":{"__proto__":1}}\n')).toEqual({ name: "v" });
  });
});

describe("the name of a volume", () => {
  test.each(["v", "A", "0", "a.b", "a-b_c", "f".repeat(64), "x".repeat(128)])("may be %s", (name) => {
    expect(volumeRequest(JSON.stringify({ Name: name }))).toEqual({ name });
  });

  test.each([
    ...["../x", "a/b", "/etc", ".", "..", ".hidden", "_internal", "-x", "a b", "a\nb", "a\0b", "x;touch F", "$(id)"],
    ...["é", "lost+found", "with:colon", "%2e%2e", "x".repeat(129), "__proto__"],
  ])("may not be %j", (name) => {
    expect(refusal(() => volumeRequest(JSON.stringify({ Name: name })))).toBe("NAME_REFUSED");
  });

  test.each(['{"Name":""}', '{"Name":7}', '{"Name":null}', '{"Name":["v"]}', "{}", '{"__proto__":{"Name":"v"}}'])(
    "must be there, and a text: %s",
    (body) => {
      expect(refusal(() => volumeRequest(body))).toBe("REQUEST_REFUSED");
    },
  );

  test("is not repeated at full length", () => {
    expect(() => volumeRequest(JSON.stringify({ Name: "x".repeat(5000) }))).toThrow(/^.{0,120}$/);
  });
});

test("the ID of a mount is a word", () => {
  expect(mountRequest(JSON.stringify({ Name: "v", ID: "f".repeat(64) })).id).toBe("f".repeat(64));
  for (const ID of ["", undefined, 7, "a b", "../x", "__proto__", "x".repeat(257)])
    expect(refusal(() => mountRequest(JSON.stringify({ Name: "v", ID })))).toBe("REQUEST_REFUSED");
});

describe("options", () => {
  test.each([
    ["{}", {}],
    ['{"Opts":null}', {}],
    ['{"Opts":{"mode":"750","ro":""}}', { mode: "750", ro: "" }],
    ['{"Opts":{"constructor":"x"}}', { constructor: "x" }],
  ])("%s", (fields, options) => {
    const { name, options: read } = createRequest(`{"Name":"v",${fields.slice(1)}`.replace(",}", "}"));
    expect([name, Object.fromEntries(read)]).toEqual(["v", options]);
  });

  test.each([
    ['{"Name":"v","Opts":[]}', "REQUEST_REFUSED"],
    ['{"Name":"v","Opts":"ro"}', "REQUEST_REFUSED"],
    ['{"Name":"v","Opts":{"mode":750}}', "OPTION_REFUSED"],
    ['{"Name":"v","Opts":{"mode":null}}', "OPTION_REFUSED"],
    ['{"Name":"v","Opts":{"__proto__":"x"}}', "OPTION_REFUSED"],
    ['{"Name":"v","Opts":{"a b":"x"}}', "OPTION_REFUSED"],
    ['{"Name":"v","Opts":{"":"x"}}', "OPTION_REFUSED"],
  ])("%s is refused", (body, code) => {
    expect(refusal(() => createRequest(body))).toBe(code);
  });
});
