import { hostname } from "node:os";
import { AGENT_VERSION } from "../package-root.ts";
import type { OtelResource } from "../otel/types.ts";

/** Command lines carry secrets, and nobody looks for a profile by them. */
const LEFT_OUT = new Set([
  "process.command",
  "process.command_args",
  "process.command_line",
  "process.owner",
]);
const LIMIT = 100;
const VALUE_LENGTH = 1000;
const KEY_LENGTH = 200;

/** The resource of the running SDK as text, completed from the environment and by what the process knows of itself. */
export function resourceText(
  running: OtelResource | undefined,
  environment: Readonly<Record<string, string>>,
  serviceName: string | undefined,
): Record<string, string> {
  const merged: Record<string, unknown> = { ...environment };
  for (const [key, value] of Object.entries(running?.attributes ?? {})) {
    // Detectors may still be at work: a promise is not a value yet.
    if (value !== undefined && value !== null && !isPromise(value)) merged[key] = value;
  }
  if (serviceName !== undefined) merged["service.name"] = serviceName;
  merged["service.name"] ??= "unknown_service:node";
  merged["host.name"] ??= hostname();
  merged["process.pid"] ??= process.pid;
  merged["process.runtime.name"] ??= "nodejs";
  merged["process.runtime.version"] ??= process.versions.node;
  merged["hotspan.agent.version"] = AGENT_VERSION;
  const text: Record<string, string> = {};
  let left = LIMIT;
  for (const [key, value] of Object.entries(merged)) {
    if (LEFT_OUT.has(key) || left-- <= 0) continue;
    text[key.slice(0, KEY_LENGTH)] = asText(value).slice(0, VALUE_LENGTH);
  }
  return text;
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? "";
}

function isPromise(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value;
}
