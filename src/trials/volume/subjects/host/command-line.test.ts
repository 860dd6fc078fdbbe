import { describe, expect, test } from "vitest";
import { fillPlaceholders, splitCommand } from "./command-line.ts";

describe("a command line", () => {
  test.each<[line: string, words: string[]]>([
    ["driver --socket  {socket}", ["driver", "--socket", "{socket}"]],
    ["  driver\t-v\n", ["driver", "-v"]],
    ["sh -c 'a  b; c \"d\"'", ["sh", "-c", 'a  b; c "d"']],
    ['say "a \\"b\\" \\\\ \\n $x"', ["say", 'a "b" \\ \\n $x']],
    ["a\\ b 'c'\"d\"e ''", ["a b", "cde", ""]],
    ['--name="with blank"', ["--name=with blank"]],
    ["$(touch x) `y` * ~", ["$(touch", "x)", "`y`", "*", "~"]],
  ])("%j", (line, words) => {
    expect(splitCommand(line)).toEqual(words);
  });

  test.each(["say 'a", 'say "a', "say a\\", "a 'b' \"c", "", "   "])("%j cannot be read", (line) => {
    expect(() => splitCommand(line)).toThrow(expect.objectContaining({ code: "VOLUME_COMMAND_UNREADABLE" }));
  });

  test("words are taken as they are", () => {
    expect(splitCommand(["a b", "'c'"])).toEqual(["a b", "'c'"]);
  });

  test("known names in braces become places", () => {
    const places = { socket: "/run/d.sock", state: "/state $& dir" };
    expect(fillPlaceholders(["unix://{socket}", "{state}/x", "{other}", "{}"], places)).toEqual([
      "unix:///run/d.sock",
      "/state $& dir/x",
      "{other}",
      "{}",
    ]);
  });
});
