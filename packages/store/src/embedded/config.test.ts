import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { serverConfig } from "./config.ts";

test("the cluster's configuration in deploy/ is that of the embedded servers, which are tested", () => {
  const text = serverConfig({
    enginePath: "/e",
    usersPath: "/u",
    httpPort: 1,
    tcpPort: 2,
    maxMemoryBytes: 1e9,
    cluster: {
      name: "hotspan",
      password: "secret",
      shards: [
        { host: "clickhouse-1", port: 9000 },
        { host: "clickhouse-2", port: 9000 },
      ],
    },
  });
  const deployed = readFileSync(
    new URL("../../../../deploy/clickhouse/cluster/config.d/hotspan-cluster.xml", import.meta.url),
    "utf8",
  );
  const servers = (xml: string): string | undefined =>
    /<remote_servers>.*<\/remote_servers>/s.exec(xml.replaceAll(/>\s+</g, "><"))?.[0];
  expect(servers(text)).toContain("<password>secret</password>");
  expect(servers(deployed)).toBe(
    servers(text)?.replaceAll("<password>secret</password>", '<password from_env="HOTSPAN_SHARD_PASSWORD"/>'),
  );
});
