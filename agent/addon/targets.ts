/** The pinned compiler (`pip install ziglang==0.17.1`): with another one the bytes differ. */
export const ZIG_VERSION = "0.17.1";

export interface Target {
  /** `${process.platform}-${process.arch}` */
  readonly platform: string;
  readonly triple: string;
}

export const TARGETS: readonly Target[] = [
  { platform: "linux-x64", triple: "x86_64-linux-gnu" },
  { platform: "linux-arm64", triple: "aarch64-linux-gnu" },
  { platform: "darwin-x64", triple: "x86_64-macos.11.0-none" },
  { platform: "darwin-arm64", triple: "aarch64-macos.11.0-none" },
];

/** Arguments for `zig cc` (and, without the target, for any cc on Linux). `source` and `output` are relative to `cwd`. */
export function compilerArguments(
  platform: string,
  headers: string,
  source: string,
  output: string,
): string[] {
  const common = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-fno-stack-protector"];
  // Undefined symbols are Node's own and resolve in the host executable.
  const linking = platform.startsWith("darwin")
    ? ["-undefined", "dynamic_lookup"]
    : ["-nostdlib", "-Wl,--build-id=none"];
  return [...common, ...linking, `-I${headers}`, source, "-s", "-o", output];
}
