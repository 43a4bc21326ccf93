// The files of deploy/ are well-formed, and the processes that compose starts run as it starts them: same commands, same
// variables, with this machine's names in place of the containers'.
import { runTool, testBroker, type TestBroker } from "@hotspan/broker";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { DCLinter } from "dclint";
import { validate } from "dockerfile-utils";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";

const repository = new URL("../", import.meta.url).pathname;
const deploy = join(repository, "deploy");
const read = (path: string): string => readFileSync(join(deploy, path), "utf8");

interface Service {
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
}

const { services } = parse(read("compose.yaml"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};

let store: TestStore;
let broker: TestBroker | undefined;
let data: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "hotspan-deploy-"));
  [store, broker] = await Promise.all([testStore(), testBroker()]);
});
afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await Promise.all([store?.close(), broker?.close()]);
  rmSync(data, { recursive: true, force: true });
});

test("compose.yaml and the Dockerfile have no fault that their linters know", async () => {
  const linter = new DCLinter(parse(read(".dclintrc.yaml")) as ConstructorParameters<typeof DCLinter>[0]);
  const files = ["compose.yaml", "compose.redacted.yaml"].map((name) => join(deploy, name));
  const results = (await linter.lintFiles(files, false)) as readonly {
    readonly messages: readonly unknown[];
  }[];
  expect(results).toHaveLength(files.length);
  expect(results.flatMap(({ messages }) => messages)).toEqual([]);
  expect(validate(read("Dockerfile"))).toEqual([]);
});

test(".env.example names what the compose files read", () => {
  const named = [...read(".env.example").matchAll(/^#?(HOTSPAN_\w+)=/gm)].map(([, name]) => name ?? "");
  const files = ["compose.yaml", "compose.redacted.yaml"].map(read).join("");
  const taken = [...files.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? "");
  expect(named.toSorted()).toEqual([...new Set(taken)].toSorted());
});

test("the Dockerfile takes along what compose starts", () => {
  const copied = [...read("Dockerfile").matchAll(/^COPY --from=build \/src\/(\S+)/gm)].map(
    ([, path]) => path ?? "",
  );
  const started = Object.values(services).flatMap(({ command }) => command?.[0] ?? []);
  expect(started).toHaveLength(3);
  for (const path of [...started, "ui/dist/app"])
    expect(copied.some((one) => path.startsWith(`${one}/`))).toBe(true);
});

/** Where a service's named volume is. */
function volumeOf(name: string): string {
  const [volume = ""] = services[name]!.volumes!.filter((one) => !one.startsWith("."));
  return volume.split(":")[1] ?? "";
}

test("the broker understands what compose sets, and keeps its log in the volume", async () => {
  if (broker === undefined) return expect.unreachable("no Kafka here");
  const volume = join(data, "kafka");
  // As the image makes its server.properties of KAFKA_…, and of nothing else.
  const lines = Object.entries(services["kafka"]!.environment).map(([key, value]) => {
    const name = key
      .replace(/^KAFKA_/, "")
      .toLowerCase()
      .replaceAll("_", ".");
    return `${name}=${String(value).replace(volumeOf("kafka"), volume)}`;
  });
  const properties = join(data, "server.properties");
  writeFileSync(properties, lines.join("\n"));
  const format = ["format", "-t", "5L6g3nShT-eMCtK--X86sw", "-c", properties];
  expect(await runTool("kafka.tools.StorageTool", format)).toMatchObject({ code: 0 });
  expect(readdirSync(volume)).toContain("meta.properties");
});

test("the Collector's files send to topics and tables that are ours", () => {
  for (const name of readdirSync(join(deploy, "collector"))) {
    const { exporters, service } = parse(read(join("collector", name))) as {
      readonly exporters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      readonly service: {
        readonly pipelines: { readonly traces: { readonly exporters: readonly string[] } };
      };
    };
    expect(service.pipelines.traces.exporters).toEqual(Object.keys(exporters));
    if (exporters["kafka"] !== undefined)
      expect(exporters["kafka"]["traces"]).toMatchObject({ topic: "otlp_spans" });
    else
      expect(exporters["clickhouse"]).toMatchObject({
        database: "hotspan",
        traces_table_name: "otel_traces",
      });
  }
});

/** What compose would set, with this machine's addresses. */
function environmentOf(name: string, port: number): Record<string, string> {
  const secrets: Readonly<Record<string, string>> = {
    HOTSPAN_WRITER_PASSWORD: store.store.writer.password,
    HOTSPAN_READER_PASSWORD: store.store.reader.password,
    HOTSPAN_INGEST_TOKEN: "ingest-token",
    HOTSPAN_API_TOKEN: "api-token",
  };
  const here = (value: string): string =>
    value
      .replace(
        /\$\{(\w+):\?[^}]*\}/g,
        (_, variable: string) => secrets[variable] ?? expect.unreachable(variable),
      )
      .replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1")
      .replace("http://clickhouse:8123", store.store.httpUrl)
      .replace("kafka:9092", broker?.brokers ?? "")
      .replace("0.0.0.0", "127.0.0.1")
      .replace(/^\/data$/, data)
      .replace(/^\/app\//, repository);
  const own = Object.entries(services[name]!.environment).map(([key, value]) => [key, here(String(value))]);
  return { ...(Object.fromEntries(own) as Record<string, string>), HOTSPAN_PORT: String(port) };
}

function start(name: string, port: number): ChildProcess {
  const child = spawn(process.execPath, [...(services[name]!.command ?? [])], {
    cwd: repository,
    env: { PATH: process.env["PATH"], ...environmentOf(name, port) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  children.push(child);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** As the container's own check, which runs in its shell. */
async function isHealthy(name: string, port: number): Promise<boolean> {
  const [, , ...argv] = services[name]!.healthcheck!.test;
  const shown = String(services[name]!.environment["HOTSPAN_PORT"]);
  const child = spawn(
    process.execPath,
    argv.map((one) => one.replaceAll(`:${shown}/`, `:${port}/`)),
    { stdio: "inherit" },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0;
}

async function untilHealthy(name: string, port: number, child: ChildProcess): Promise<void> {
  while (!(await isHealthy(name, port))) {
    expect(child.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const traceId = "0af7651916cd43dd8448eb211c80319c";

function oneSpan(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: "b7ad6b7169203331",
    name: "GET /cart",
    kind: 2,
    startTimeUnixNano: String(now - 50_000_000n),
    endTimeUnixNano: String(now),
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "cart" } }] };
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "test" }, spans: [span] }] }],
  });
}

test("the processes start in compose's order, are healthy, and a span goes through them", {
  timeout: 180_000,
}, async () => {
  if (broker === undefined) return expect.unreachable("no Kafka here");
  const [ingest, api] = [await freePort(), await freePort()];
  const [code] = (await once(start("tables", 0), "exit")) as [number | null];
  expect(code).toBe(0);
  const correlator = start("correlator", ingest);
  const queryApi = start("query-api", api);
  await Promise.all([
    untilHealthy("correlator", ingest, correlator),
    untilHealthy("query-api", api, queryApi),
  ]);

  const post = (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${ingest}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: oneSpan(),
    });
  expect((await post({})).status).toBe(401);
  expect((await post({ authorization: "Bearer ingest-token" })).status).toBe(200);

  const ask = (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${api}/api/v1/traces/${traceId}`, { headers });
  expect((await ask({})).status).toBe(401);
  let found: Response;
  while ((found = await ask({ authorization: "Bearer api-token" })).status !== 200)
    await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await found.json()).toMatchObject({ spans: [{ name: "GET /cart", service: "cart" }] });
  const page = await fetch(`http://127.0.0.1:${api}/`);
  expect(await page.text()).toContain("<title>Hotspan");

  for (const child of [correlator, queryApi]) {
    child.kill("SIGTERM");
    expect(((await once(child, "exit")) as [number | null])[0]).toBe(0);
  }
});
