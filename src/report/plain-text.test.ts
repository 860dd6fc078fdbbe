import { describe, expect, test } from "vitest";
import { plainLine, plainText } from "./plain-text.ts";

describe("foreign text", () => {
  test("shows what would act on a terminal or turn the direction of reading", () => {
    expect(plainText("a\u001b[2Jb\u0000\u202e\u0085\uffff")).toBe("a\\u{1b}[2Jb\\u{0}\\u{202e}\\u{85}\\u{ffff}");
    expect(plainText("half \ud800 a pair")).toBe("half \\u{d800} a pair");
  });

  test("keeps what people write", () => {
    expect(plainText("größe שלום 文件 😀\n\tx")).toBe("größe שלום 文件 😀\n\tx");
  });

  test("goes on one line", () => {
    expect(plainLine("  a\r\n\t b\u2028c ")).toBe("a b c");
  });
});
