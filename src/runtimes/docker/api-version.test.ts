import { describe, expect, it } from "vitest";
import { negotiateVersion } from "./api-version.ts";

describe("the API version spoken", () => {
  it.each([
    ["Docker Engine 20.10", "1.41", "1.12", "v1.41"],
    ["Podman 4", "1.41", "1.24", "v1.41"],
    ["Docker Engine 28", "1.50", "1.24", "v1.50"],
    ["an engine newer than this code", "1.60", "1.44", "v1.52"],
    ["an engine that has dropped all that this code knows", "2.3", "1.99", "v1.99"],
  ])("%s", (_engine, ApiVersion, MinAPIVersion, spoken) => {
    expect(negotiateVersion({ ApiVersion, MinAPIVersion })).toBe(spoken);
  });

  it("is refused below 20.10, numbers compared as numbers", () => {
    const tooOld = expect.objectContaining({ code: "ENGINE_TOO_OLD", message: expect.stringContaining("1.9") });
    expect(() => negotiateVersion({ ApiVersion: "1.9", Version: "1.9.1" })).toThrow(tooOld);
    expect(() => negotiateVersion({ ApiVersion: "1.40" })).toThrow(expect.objectContaining({ code: "ENGINE_TOO_OLD" }));
  });
});
