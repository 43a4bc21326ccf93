import type { ChildKind, LedgerSpan } from "../types.ts";

/**
 * What a child waits for, by OpenTelemetry's semantic conventions, old and new. `internal`: nothing remote that we know of.
 * A `pool` is one of connections (`pg-pool.connect`), not libuv's.
 */
export function childKind({
  name,
  kind,
  attributes,
}: Pick<LedgerSpan, "name" | "kind" | "attributes">): ChildKind {
  const has = (prefix: string): boolean => Object.keys(attributes).some((key) => key.startsWith(prefix));
  if (kind === "server") return "internal";
  if (/^(?:pg-pool|mysql-pool|pool)[.: ]/.test(name) || has("db.client.connection.pool")) return "pool";
  if (attributes["db.system"] !== undefined || attributes["db.system.name"] !== undefined) return "db";
  if (attributes["messaging.system"] !== undefined) return "messaging";
  if (attributes["rpc.system"] !== undefined || attributes["rpc.system.name"] !== undefined) return "rpc";
  if (kind === "client" && (has("http.") || has("url."))) return "http";
  if (has("dns.") || /^dns[.: ]/.test(name)) return "dns";
  if (has("tls.") || name.startsWith("tls.")) return "tls";
  if (/^(?:tcp|ipc)\.connect$/.test(name)) return "connect";
  if (kind === "producer") return "messaging";
  return kind === "client" ? "rpc" : "internal";
}
