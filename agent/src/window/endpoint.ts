/** What names an operation: a span's own data, or what is left of it when nobody records it. */
export interface EndpointFacts {
  readonly name?: string | undefined;
  /** OpenTelemetry's SpanKind. */
  readonly kind?: number | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** From the context's RPC metadata, where there are no attributes. */
  readonly route?: string | undefined;
  /** From the sampler, where there are no attributes. */
  readonly method?: string | undefined;
}

const KINDS = ["internal", "server", "client", "producer", "consumer"];
const MAX_LENGTH = 200;

/**
 * A low-cardinality name: `GET /cart/:id`, `shop.Cart/AddItem`, `process orders`, else the span's name if it does not look
 * as if it carried an id, else its kind. Never a raw URL path.
 */
export function endpointName({
  name,
  kind,
  attributes = {},
  route,
  method: knownMethod,
}: EndpointFacts): string {
  const text = (key: string): string | undefined => {
    const value = attributes[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const method = text("http.request.method") ?? text("http.method") ?? knownMethod;
  const path = text("http.route") ?? route;
  if (path !== undefined) return cut(`${method ?? "HTTP"} ${path}`);
  // The rest of an HTTP span's name may be the path itself.
  if (method !== undefined) return method === "_OTHER" ? "HTTP" : cut(method);

  const rpcMethod = text("rpc.method");
  const rpcService = text("rpc.service");
  if (rpcMethod !== undefined)
    return cut(
      rpcService === undefined || rpcMethod.includes("/") ? rpcMethod : `${rpcService}/${rpcMethod}`,
    );

  if (text("messaging.system") !== undefined) {
    const operation =
      text("messaging.operation.name") ??
      text("messaging.operation.type") ??
      text("messaging.operation") ??
      "message";
    const destination = text("messaging.destination.template") ?? text("messaging.destination.name");
    return cut(
      destination === undefined || !isLowCardinality(destination) ? operation : `${operation} ${destination}`,
    );
  }
  if (name !== undefined && isLowCardinality(name)) return cut(name);
  return KINDS[kind ?? 0] ?? "internal";
}

/** No id, address or query seems to be part of it. */
export function isLowCardinality(name: string): boolean {
  return (
    name !== "" &&
    name.length <= 128 &&
    !/[?@]|:\/\//.test(name) &&
    // A number of its own, or four digits in a row anywhere.
    !/(?:^|[^A-Za-z0-9])\d+(?:[^A-Za-z0-9]|$)|\d{4}/.test(name) &&
    // A long hexadecimal word with a digit in it, UUIDs among them.
    !/(?<![A-Za-z0-9])(?=[0-9a-f-]*\d)[0-9a-f][0-9a-f-]{7,}(?![A-Za-z0-9])/i.test(name)
  );
}

function cut(text: string): string {
  return text.length <= MAX_LENGTH ? text : text.slice(0, MAX_LENGTH);
}

/**
 * The names of spans that have ended, without their attributes. Those of one route, or with one name, share theirs: most spans
 * are never asked for it.
 */
export class EndedNames {
  readonly #known = new Map<number | string | undefined, Map<string | undefined, string>>();
  #left: number;

  /** @param limit of those that are remembered: names may carry an id. */
  constructor(limit = 1000) {
    this.#left = limit;
  }

  /** A name, or what it is to be made of, should anybody ask. */
  of({
    name,
    kind,
    attributes = {},
  }: Pick<EndpointFacts, "name" | "kind" | "attributes">): string | EndpointFacts {
    const method = attributes["http.request.method"] ?? attributes["http.method"];
    if (typeof method === "string" && method !== "") {
      const given = attributes["http.route"];
      const route = typeof given === "string" && given !== "" ? given : undefined;
      return this.#known.get(method)?.get(route) ?? this.#learn(method, route, { method, route });
    }
    if (
      attributes["rpc.method"] !== undefined ||
      attributes["messaging.system"] !== undefined ||
      attributes["http.route"] !== undefined
    )
      return { name, kind, attributes };
    return this.#known.get(kind)?.get(name) ?? this.#learn(kind, name, { name, kind });
  }

  #learn(
    group: number | string | undefined,
    name: string | undefined,
    facts: EndpointFacts,
  ): string | EndpointFacts {
    if (this.#left === 0) return facts;
    this.#left--;
    let names = this.#known.get(group);
    if (names === undefined) this.#known.set(group, (names = new Map()));
    const endpoint = endpointName(facts);
    names.set(name, endpoint);
    return endpoint;
  }
}

/** Keeps a process from filling the store with names: at most `limit` different ones, then `other`. */
export class EndpointBudget {
  readonly #seen = new Set<string>();
  readonly #limit: number;
  /** How often `other` stood in. */
  replaced = 0;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  admit(endpoint: string): string {
    if (this.#seen.has(endpoint)) return endpoint;
    if (this.#seen.size < this.#limit) {
      this.#seen.add(endpoint);
      return endpoint;
    }
    this.replaced++;
    return "other";
  }
}
