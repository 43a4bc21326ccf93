import { type ClockSkew, estimateSkew, type LedgerContext, type LedgerSpan } from "@hotspan/ledger";

const SAME: ClockSkew = { offset: 0, low: 0, high: 0, pairs: 0 };

/** How far apart the clocks of two processes are: not at all on one host, else by the calls between them among these spans. */
export function skewsOf(
  spans: readonly LedgerSpan[],
  hosts: ReadonlyMap<string, string>,
): NonNullable<LedgerContext["skewOf"]> {
  let pairs: Map<string, { client: LedgerSpan; server: LedgerSpan }[]> | undefined;
  const known = new Map<string, ClockSkew | undefined>();
  return (client, server) => {
    const host = hosts.get(client.instance ?? "");
    if (host !== undefined && host === hosts.get(server.instance ?? "")) return SAME;
    const key = pairKey(client, server);
    if (!known.has(key)) {
      pairs ??= pairsOf(spans);
      known.set(key, estimateSkew(pairs.get(key) ?? []));
    }
    return known.get(key);
  };
}

/** Without a span processor a service stands for its processes. */
const clockOf = ({ instance, service }: LedgerSpan): string => instance ?? service;
const pairKey = (client: LedgerSpan, server: LedgerSpan): string => `${clockOf(client)}>${clockOf(server)}`;

function pairsOf(spans: readonly LedgerSpan[]): Map<string, { client: LedgerSpan; server: LedgerSpan }[]> {
  const clients = new Map<string, LedgerSpan>();
  for (const span of spans) if (span.kind === "client") clients.set(`${span.traceId}/${span.spanId}`, span);
  const pairs = new Map<string, { client: LedgerSpan; server: LedgerSpan }[]>();
  for (const server of spans) {
    const client =
      server.kind === "server" && server.parentSpanId !== null
        ? clients.get(`${server.traceId}/${server.parentSpanId}`)
        : undefined;
    if (client === undefined) continue;
    const key = pairKey(client, server);
    const list = pairs.get(key);
    if (list === undefined) pairs.set(key, [{ client, server }]);
    else list.push({ client, server });
  }
  return pairs;
}
