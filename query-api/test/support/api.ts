import type { TestStore } from "@hotspan/store/testing";
import { startQueryApi, type QueryApi, type QueryApiConfig } from "@hotspan/query-api";

export interface TestApi extends QueryApi {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The shape is what the tests are about.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly bytes: Uint8Array;
}

export async function startApi(store: TestStore, config: Partial<QueryApiConfig> = {}): Promise<TestApi> {
  const api = await startQueryApi({
    host: "127.0.0.1",
    port: 0,
    logLevel: "silent",
    clickhouse: { url: store.store.httpUrl, database: store.store.database, ...store.store.reader },
    ...config,
  });
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${api.url}${path}`, { redirect: "manual", ...init });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = Buffer.from(bytes).toString("utf8");
    const json =
      /json/.test(response.headers.get("content-type") ?? "") &&
      !/ndjson/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      body: json && text !== "" ? JSON.parse(text) : text,
    };
  };
  return {
    ...api,
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body, headers = {}) =>
      call(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
  };
}
