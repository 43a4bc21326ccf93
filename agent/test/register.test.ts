import { expect, test } from "vitest";
import { HEADERS, WIRE_VERSION } from "@hotspan/wire";
import { type Child, runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerCommonJs, registerModule, runtimes } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

interface ExportedSpan {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId: string;
  readonly spanId: string;
}

const receiver = Receiver.each();

async function serve(
  args: readonly string[],
  env: Record<string, string> = {},
  binary = process.execPath,
): Promise<{ child: Child; url: string }> {
  const child = runNode(
    [...args, app("server.cjs")],
    { HOTSPAN_ENDPOINT: receiver.url, HOTSPAN_WINDOW_MS: "700", ...env },
    binary,
  );
  const [, port] = await child.printed(/PORT (\d+)/);
  return { child, url: `http://127.0.0.1:${port}` };
}

async function load(url: string, requests: number): Promise<void> {
  for (let i = 0; i < requests; i++) await (await fetch(`${url}/jobs/${i}`)).text();
}

const preloads = runtimes.flatMap(({ major, binary }) => [
  { how: `--import on Node ${major}`, args: ["--import", registerModule], binary },
  { how: `--require on Node ${major}`, args: ["--require", registerCommonJs], binary },
]);

test.for(preloads)(
  "an application that knows nothing of it is profiled by its spans: $how",
  async ({ args, binary }) => {
    const { child, url } = await serve(args, { OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2.3" }, binary);
    await load(url, 12);
    await receiver.until((r) => r.windows.some((window) => window.labels.length > 5));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const spans = (await (await fetch(`${url}/spans`)).json()) as ExportedSpan[];
    child.process.kill();
    const { signal, stderr } = await child.ended;
    expect({ signal, stderr }).toEqual({ signal: "SIGTERM", stderr: "" });

    // Every span says which thread of which process it ran in.
    const [{ window, headers } = expect.unreachable()] = receiver.received;
    const { instance } = window.header;
    for (const { attributes } of spans)
      expect(attributes).toMatchObject({ "hotspan.instance": instance, "thread.id": 0 });
    // Its own traffic made no spans.
    expect(spans.filter(({ kind }) => kind === 2)).toEqual([]);
    expect(headers).toMatchObject({
      [HEADERS.version]: `${WIRE_VERSION.major}.${WIRE_VERSION.minor}`,
      [HEADERS.profileId]: window.header.profileId,
      [HEADERS.service]: "test-server",
    });
    expect(window.header.resource).toMatchObject({
      "service.name": "test-server",
      "service.version": "1.2.3",
    });
    expect(window.header.resource).not.toHaveProperty("process.command_args");
    expectComplete(receiver.windows);

    // The ticks of `spin` belong to the spans named "work", below the server span, under its late route.
    const work = new Map(
      spans.filter(({ name }) => name === "work").map((span) => [span.spanId, span.traceId] as const),
    );
    const servers = new Set(spans.filter(({ kind }) => kind === 1).map(({ spanId }) => spanId));
    let ticks = 0;
    let routed = 0;
    for (const each of receiver.windows)
      for (const [index, stack] of tickStacks(each).entries()) {
        if (!stack.includes("spin")) continue;
        const label = each.labels[(each.ticks.label[index] as number) - 1];
        if (label === undefined) continue;
        ticks++;
        expect(work.get(label.spanId)).toBe(label.traceId);
        expect(servers.has(label.localRootId)).toBe(true);
        // A window that ends within a request cannot know its route yet.
        expect(label.endpoint).toMatch(/^GET(?: \/jobs\/:id)?$/);
        if (label.endpoint !== "GET") routed++;
      }
    expect(ticks).toBeGreaterThan(20);
    expect(routed / ticks).toBeGreaterThan(0.5);
  },
);

test("spans nobody samples give their endpoint, without ids that lead nowhere", async () => {
  const { child, url } = await serve(["--import", registerModule], { TEST_RATIO: "0" });
  await load(url, 20);
  await receiver.until((r) => r.windows.flatMap(({ labels }) => labels).length > 5);
  child.process.kill();
  await child.ended;
  const labels = receiver.windows.flatMap((window) => window.labels);
  for (const label of labels)
    expect(label).toMatchObject({ traceId: "", spanId: "", localRootId: "", sampled: false });
  // The same name as if it had been sampled.
  expect(labels.some(({ endpoint }) => endpoint === "GET /jobs/:id")).toBe(true);
});

test("HOTSPAN_ENABLED=off leaves no trace of the agent", async () => {
  const { child, url } = await serve(["--import", registerModule], { HOTSPAN_ENABLED: "off" });
  await load(url, 5);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const spans = (await (await fetch(`${url}/spans`)).json()) as ExportedSpan[];
  child.process.kill();
  expect((await child.ended).stderr).toBe("");
  expect(spans.length).toBeGreaterThanOrEqual(10);
  for (const { attributes } of spans) expect(attributes).not.toHaveProperty("hotspan.instance");
  expect(receiver.requests).toEqual([]);
});

test("a receiver that takes no profiles is named once, then left alone", async () => {
  receiver.status = 404;
  const { child, url } = await serve(["--import", registerModule]);
  await load(url, 10);
  const [line] = await child.printed(/hotspan: .*HOTSPAN_AGENT_RECEIVER_ABSENT.*/);
  expect(line).toContain("set HOTSPAN_ENDPOINT");
  const requests = receiver.requests.length;
  await load(url, 30);
  expect(receiver.requests.length).toBe(requests);
  child.process.kill();
  expect((await child.ended).stderr.match(/hotspan:/g)).toHaveLength(1);
});

test("windows a busy receiver sends away come again, in order", async () => {
  receiver.status = 503;
  receiver.headers = { "retry-after": "1" };
  const { child, url } = await serve(["--import", registerModule]);
  await load(url, 10);
  await receiver.until((r) => r.requests.length > 0);
  receiver.status = 202;
  await receiver.until((r) => r.windows.length >= 3);
  // While it runs one follows the other.
  const seqs = receiver.windows.map(({ header }) => header.seq);
  expect(seqs).toEqual(seqs.map((_, index) => index));
  child.process.kill();
  await child.ended;
  expectComplete(receiver.windows);
});
