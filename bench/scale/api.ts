// The query API as a process of its own, as it runs in production.
import { spawn } from "node:child_process";
import type { EmbeddedStore } from "@hotspan/store";

export interface ApiProcess extends AsyncDisposable {
  readonly pid: number;
  /** The answer, and how long it took in ms. Throws when it is not a 200. */
  ask(
    path: string,
    body?: unknown,
  ): Promise<{ readonly answer: Readonly<Record<string, unknown>>; readonly ms: number }>;
}

/** @param nodeOptions as `--cpu-prof` */
export async function startApi(
  store: EmbeddedStore,
  nodeOptions: readonly string[] = [],
): Promise<ApiProcess> {
  const main = new URL("../../query-api/src/main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [...nodeOptions, "--conditions=hotspan-source", main], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      HOTSPAN_PORT: "0",
      HOTSPAN_LOG_LEVEL: "error",
      HOTSPAN_CLICKHOUSE_URL: store.httpUrl,
      HOTSPAN_CLICKHOUSE_DATABASE: store.database,
      HOTSPAN_CLICKHOUSE_USER: store.reader.user,
      HOTSPAN_CLICKHOUSE_PASSWORD: store.reader.password,
    },
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const url = await new Promise<string>((listening, failed) => {
    child.once("message", (message) => listening((message as { url: string }).url));
    child.once("exit", () => failed(new Error("The query API did not start")));
  });
  return {
    pid: child.pid ?? -1,
    async ask(path, body) {
      const began = performance.now();
      const response = await fetch(
        `${url}/api/v1${path}`,
        body === undefined
          ? {}
          : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
      );
      const text = await response.text();
      const ms = performance.now() - began;
      if (response.status !== 200) throw new Error(`${path}: ${text.slice(0, 300)}`);
      return { answer: JSON.parse(text) as Record<string, unknown>, ms };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
