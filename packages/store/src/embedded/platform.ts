import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { StoreError } from "../errors.ts";

const elsewhere =
  "Point Hotspan at a ClickHouse server instead (hotspan up --clickhouse http://user:password@host:8123), " +
  "or on Windows run it inside WSL2.";

/** Path of libchdb, the ClickHouse engine; throws HOTSPAN_STORE_PLATFORM_UNSUPPORTED where npm has none. */
export function engineLibrary(host: Host = thisHost()): string {
  const name = enginePackage(host);
  if (name === undefined) {
    throw new StoreError(
      "HOTSPAN_STORE_PLATFORM_UNSUPPORTED",
      `There is no embedded ClickHouse for ${host.platform}-${host.arch}${host.musl ? " (musl)" : ""}. ${elsewhere}`,
    );
  }
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch (cause) {
    throw new StoreError(
      "HOTSPAN_STORE_PLATFORM_UNSUPPORTED",
      `The package ${name} is not installed: install without --omit=optional. ${elsewhere}`,
      { cause },
    );
  }
  const path = join(folder, "libchdb.so");
  if (!existsSync(path)) {
    throw new StoreError("HOTSPAN_STORE_PLATFORM_UNSUPPORTED", `${name} holds no libchdb.so. ${elsewhere}`);
  }
  return path;
}

export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly musl: boolean;
}

export function enginePackage(host: Host): string | undefined {
  if (host.arch !== "x64" && host.arch !== "arm64") return undefined;
  if (host.platform === "darwin") return `@chdb/lib-darwin-${host.arch}`;
  if (host.platform === "linux" && !host.musl) return `@chdb/lib-linux-${host.arch}-gnu`;
  return undefined;
}

function thisHost(): Host {
  return { platform: process.platform, arch: process.arch, musl: process.platform === "linux" && isMusl() };
}

// glibc names its version in Node's report, musl does not.
function isMusl(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}
