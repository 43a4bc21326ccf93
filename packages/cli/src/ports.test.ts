import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { probePort, requirePort } from "./ports.ts";

const server = createServer();
afterEach(() => {
  server.close();
});

test("a taken port is named with its flag, a free one passes", async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await probePort("127.0.0.1", port)).toBe("taken");
  await expect(requirePort("--ingest-port", "127.0.0.1", port)).rejects.toThrow(
    `--ingest-port ${port} is taken by another program: choose another with --ingest-port`,
  );
  await expect(requirePort("--port", "127.0.0.1", 0)).resolves.toBeUndefined();
});

test("an address of another machine is no place to listen", async () => {
  await expect(requirePort("--port", "192.0.2.1", 0)).rejects.toThrow("not an address of this machine");
});
