import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { readiness } from "./ready.ts";

test("a server says in its own words why it is not ready", async () => {
  const answers = [
    { status: 503, body: JSON.stringify({ title: "Not ready", detail: "kafka: connect ECONNREFUSED" }) },
    { status: 503, body: JSON.stringify({ detail: "ingest pauses: disk full" }) },
    { status: 502, body: "<html>Bad gateway</html>" },
    { status: 200, body: '{"status":"ready"}' },
  ];
  const server = createServer((_, response) => {
    const { status = 500, body } = answers.shift() ?? {};
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await readiness(url)).toEqual({ ready: false, detail: "kafka: connect ECONNREFUSED" });
  expect(await readiness(url)).toMatchObject({ ready: false, paused: "ingest pauses: disk full" });
  expect(await readiness(url)).toEqual({ ready: false, detail: "502 <html>Bad gateway</html>" });
  expect(await readiness(url)).toMatchObject({ ready: true });
  server.close();
});
