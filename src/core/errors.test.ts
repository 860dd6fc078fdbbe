import { expect, test } from "vitest";
import { defineErrors, EXIT, errorsOf, messageOf, SeatrialError, systemCode } from "./errors.ts";

const fail = errorsOf(
  defineErrors({ SHIP_LOST: { title: "The ship is lost", remedy: "Send another.", exit: EXIT.lab } }),
);

test("an error for people has its table's remedy and exit code, unless the place knows better", () => {
  const plain = fail("SHIP_LOST", "the Vasa sank after 1300 m");
  expect(plain).toBeInstanceOf(SeatrialError);
  expect(plain).toMatchObject({ code: "SHIP_LOST", message: "the Vasa sank after 1300 m", exit: 3 });
  expect(plain.remedy).toBe("Send another.");
  const cause = new Error("too few stones");
  expect(fail("SHIP_LOST", "sunk", { remedy: "Ballast it.", cause })).toMatchObject({ remedy: "Ballast it.", cause });
});

test("what is thrown is told, whatever it is", () => {
  expect(messageOf(new Error("no"))).toBe("no");
  expect(messageOf("no")).toBe("no");
  expect(systemCode(Object.assign(new Error("no"), { code: "ENOENT" }))).toBe("ENOENT");
  for (const odd of [undefined, null, "ENOENT", { code: 2 }]) expect(systemCode(odd)).toBeUndefined();
});
