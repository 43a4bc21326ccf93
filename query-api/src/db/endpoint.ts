import { type Sql, sql } from "./sql.ts";

/** What an agent would call the local root: never a URL, which has no bound on its values. */
export const endpointSql: Sql = sql`multiIf(
  SpanAttributes['http.route'] != '',
    trim(concat(if(SpanAttributes['http.request.method'] != '', SpanAttributes['http.request.method'], SpanAttributes['http.method']), ' ', SpanAttributes['http.route'])),
  SpanKind = 'Server' AND SpanAttributes['rpc.service'] != '',
    concat(SpanAttributes['rpc.service'], '/', SpanAttributes['rpc.method']),
  SpanKind IN ('Server', 'Consumer'), SpanName,
  '')`;

/** The same as `endpointSql`. */
export function endpointName(
  kind: string,
  name: string,
  attributes: Readonly<Record<string, string>>,
): string {
  const route = attributes["http.route"];
  if (route) return `${attributes["http.request.method"] || attributes["http.method"] || ""} ${route}`.trim();
  if (kind === "Server" && attributes["rpc.service"])
    return `${attributes["rpc.service"]}/${attributes["rpc.method"] ?? ""}`;
  return kind === "Server" || kind === "Consumer" ? name : "";
}
