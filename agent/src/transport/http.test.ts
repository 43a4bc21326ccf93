import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { HttpTransport } from "./http.ts";

test("of a problem the words are told, of other answers the beginning", async () => {
  const answers = [JSON.stringify({ title: "No", detail: "The token is not known here." }), "<html>", "null"];
  const server = createServer((_, response) => response.writeHead(401).end(answers.shift()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const transport = new HttpTransport(`http://127.0.0.1:${port}`, undefined, { tls: {}, proxy: "off" });
  for (const said of ["The token is not known here.", "<html>", "null"])
    expect(await transport.send({ key: "", headers: {}, body: new Uint8Array(1) }, 10_000)).toEqual({
      kind: "retry",
      reason: `HTTP 401 ${said}`,
      blame: "credentials",
    });
  await transport.close();
  server.close();
});

test("a server without TLS is told from one that is away, and credentials in the address stay unsaid", async () => {
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const transport = new HttpTransport(`https://ann:secret@127.0.0.1:${port}`, undefined, {
    tls: {},
    proxy: "off",
  });
  expect(transport.destination).toBe(`https://127.0.0.1:${port}/v1/profiles`);
  expect(await transport.send({ key: "", headers: {}, body: new Uint8Array(1) }, 10_000)).toEqual({
    kind: "retry",
    reason: "it does not answer with TLS: is it http://, not https://?",
  });
  await transport.close();
  server.close();
});
