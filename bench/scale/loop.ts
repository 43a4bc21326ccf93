// Services with event loops, simulated: who ran when, on which thread, for which span. Times in ms.
import { Random } from "@hotspan/wire/testing";

export interface SimulatedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly localRootId: string;
  readonly endpoint: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "consumer";
  readonly attributes: Readonly<Record<string, string>>;
  readonly thread: LoopThread;
  start: number;
  end: number;
}

/** A macrotask: the loop did nothing else meanwhile. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly span: SimulatedSpan;
  /** Whose stacks it shows. */
  readonly code: string;
}

export interface LoopThread {
  readonly service: string;
  readonly index: number;
  /** Times the requests a second of its service. */
  readonly load: number;
  readonly runs: Run[];
  free: number;
}

type Step =
  | { readonly work: readonly [number, number]; readonly code: string; readonly inside?: string }
  /** One request in ten does this as well. */
  | { readonly sometimes: readonly [number, number]; readonly code: string }
  | { readonly query: readonly [number, number]; readonly name: string }
  | { readonly call: string };

interface Request {
  readonly name: string;
  readonly route: string;
  readonly method: string;
  readonly weight: number;
  readonly steps: readonly Step[];
}

interface Service {
  readonly name: string;
  readonly threads: number;
  readonly perSecond: number;
  readonly requests: readonly Request[];
}

const request = (method: string, route: string, weight: number, steps: readonly Step[]): Request => ({
  name: `${method} ${route}`,
  method,
  route,
  weight,
  steps,
});

/** A shop's loop works some 40 % of its time. An export holds it for about a second, and a big cart for a third of one. */
export const SERVICES: readonly Service[] = [
  {
    name: "shop",
    threads: 10,
    perSecond: 2.6,
    requests: [
      request("GET", "/cart", 6, [
        { work: [10, 30], code: "cart.parse" },
        { query: [5, 40], name: "SELECT carts" },
        { work: [10, 25], code: "cart.rows" },
        { sometimes: [150, 500], code: "cart.recalculate" },
        { call: "pricing" },
        { work: [15, 80], code: "cart.render", inside: "render" },
      ]),
      request("GET", "/search", 3, [
        { work: [10, 30], code: "search.parse" },
        { query: [20, 120], name: "SELECT products" },
        { work: [60, 250], code: "search.rank" },
      ]),
      request("POST", "/checkout", 1.5, [
        { work: [15, 40], code: "checkout.parse" },
        { query: [5, 40], name: "SELECT carts" },
        { work: [5, 15], code: "checkout.check" },
        { call: "pricing" },
        { work: [10, 40], code: "checkout.order", inside: "order" },
        { query: [10, 60], name: "INSERT orders" },
        { work: [10, 30], code: "checkout.reply" },
      ]),
      request("POST", "/export", 0.2, [
        { query: [50, 200], name: "SELECT orders" },
        { work: [400, 1500], code: "export.csv" },
      ]),
    ],
  },
  { name: "pricing", threads: 3, perSecond: 0, requests: [] },
  {
    name: "mailer",
    threads: 2,
    perSecond: 3,
    requests: [
      request("POST", "/mails", 1, [
        { work: [20, 90], code: "mail.template" },
        { query: [5, 30], name: "INSERT mails" },
        { work: [20, 120], code: "mail.encode" },
      ]),
    ],
  },
];

interface Task {
  readonly ready: number;
  readonly go: (ready: number) => void;
}

export interface Simulation {
  readonly threads: readonly LoopThread[];
  readonly spans: readonly SimulatedSpan[];
}

/** Requests arrive for `forMs`; whatever they began is finished. First ready, first served. */
export function simulate(seed: number, forMs: number): Simulation {
  const random = new Random(seed);
  const between = ([low, high]: readonly [number, number]): number => low + random.fraction() * (high - low);
  const spans: SimulatedSpan[] = [];
  const threads = SERVICES.flatMap((service) =>
    Array.from(
      { length: service.threads },
      (_, index): LoopThread => ({
        service: service.name,
        index,
        load: 0.6 + (0.8 * index) / Math.max(1, service.threads - 1),
        runs: [],
        free: 0,
      }),
    ),
  );
  const pricing = threads.filter(({ service }) => service === "pricing");

  // Few are pending at a time, so a sorted array does.
  const tasks: Task[] = [];
  const at = (ready: number, go: Task["go"]): void => {
    let place = tasks.length;
    while (place > 0 && (tasks[place - 1] as Task).ready < ready) place--;
    tasks.splice(place, 0, { ready, go });
  };
  const run = (
    thread: LoopThread,
    ready: number,
    length: number,
    span: SimulatedSpan,
    code: string,
    then: (start: number, end: number) => void,
  ): void =>
    at(ready, () => {
      const start = Math.max(ready, thread.free);
      const end = start + length;
      thread.free = end;
      thread.runs.push({ start, end, span, code });
      then(start, end);
    });

  const open = (
    of: Pick<SimulatedSpan, "name" | "kind" | "attributes" | "thread">,
    parent: SimulatedSpan | undefined,
    endpoint?: string,
  ): SimulatedSpan => {
    const spanId = random.hex(16);
    const span = {
      ...of,
      traceId: parent?.traceId ?? random.hex(32),
      spanId,
      parentSpanId: parent?.spanId ?? "",
      localRootId: endpoint === undefined ? (parent?.localRootId ?? spanId) : spanId,
      endpoint: endpoint ?? parent?.endpoint ?? "",
      start: 0,
      end: 0,
    };
    spans.push(span);
    return span;
  };

  const serve = (thread: LoopThread, { name, method, route, steps }: Request, arrival: number): void => {
    const kind = thread.service === "mailer" ? "consumer" : "server";
    const attributes = {
      "http.request.method": method,
      "http.route": route,
      "user.tier": random.below(4) === 0 ? "gold" : "basic",
    };
    const root = open({ name, kind, attributes, thread }, undefined, name);
    let begun = false;
    let waiting: SimulatedSpan | undefined;
    const next = (index: number, ready: number): void => {
      const step = steps[index];
      if (step === undefined) {
        root.end = ready;
        return;
      }
      if ("query" in step) {
        if (!begun) root.start = ready;
        begun = true;
        waiting = open({ name: step.name, kind: "client", attributes: DB, thread }, root);
        waiting.start = ready;
        next(index + 1, ready + between(step.query));
      } else if ("call" in step) {
        const client = open({ name: "GET", kind: "client", attributes: HTTP, thread }, root);
        client.start = ready;
        waiting = client;
        const other = random.pick(pricing);
        const server = open(
          { name: "GET /quote", kind: "server", attributes: QUOTE, thread: other },
          client,
          "GET /quote",
        );
        run(other, ready + 1, between([8, 30]), server, "quote", (start, end) => {
          server.start = start;
          server.end = end;
          next(index + 1, end + 1);
        });
      } else if ("sometimes" in step && random.below(10) > 0) next(index + 1, ready);
      else {
        const length = between("work" in step ? step.work : step.sometimes);
        const inside = "work" in step ? step.inside : undefined;
        const span =
          inside === undefined
            ? root
            : open({ name: inside, kind: "internal", attributes: {}, thread }, root);
        run(thread, ready, length, span, step.code, (start, end) => {
          if (!begun) root.start = start;
          begun = true;
          if (waiting !== undefined) waiting.end = start + 0.05;
          waiting = undefined;
          if (span !== root) {
            span.start = start;
            span.end = end;
          }
          next(index + 1, end);
        });
      }
    };
    // The first step decides when the span begins: work once the loop is free.
    next(0, arrival);
  };

  for (const service of SERVICES) {
    const weights = service.requests.reduce((sum, { weight }) => sum + weight, 0);
    if (weights === 0) continue;
    for (const thread of threads.filter((one) => one.service === service.name)) {
      const gap = (): number => (-Math.log(1 - random.fraction()) * 1000) / (service.perSecond * thread.load);
      const arrive = (now: number): void => {
        if (now > forMs) return;
        let left = random.fraction() * weights;
        const kind = service.requests.find(({ weight }) => (left -= weight) < 0) ?? service.requests[0];
        if (kind !== undefined) serve(thread, kind, now);
        at(now + gap(), arrive);
      };
      at(gap(), arrive);
    }
  }
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) task.go(task.ready);
  return { threads, spans };
}

const DB = { "db.system.name": "postgresql" };
const HTTP = { "http.request.method": "GET", "url.full": "http://pricing/quote" };
const QUOTE = { "http.request.method": "GET", "http.route": "/quote" };
