import { expect, test } from "vitest";
import { engineLibrary, enginePackage } from "./platform.ts";

test.each([
  ["linux", "x64", false, "@chdb/lib-linux-x64-gnu"],
  ["linux", "arm64", false, "@chdb/lib-linux-arm64-gnu"],
  ["darwin", "arm64", false, "@chdb/lib-darwin-arm64"],
  ["darwin", "x64", false, "@chdb/lib-darwin-x64"],
  ["linux", "x64", true, undefined],
  ["win32", "x64", false, undefined],
  ["linux", "riscv64", false, undefined],
])("%s %s musl=%s: %s", (platform, arch, musl, name) => {
  expect(enginePackage({ platform, arch, musl })).toBe(name);
});

test("where there is no engine, the error says what to do instead", () => {
  expect(() => engineLibrary({ platform: "win32", arch: "x64", musl: false })).toThrow(
    expect.objectContaining({
      code: "HOTSPAN_STORE_PLATFORM_UNSUPPORTED",
      message: expect.stringMatching(/win32-x64.*--clickhouse.*WSL2/s) as string,
    }),
  );
});
