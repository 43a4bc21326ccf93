import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { type Authority, makeAuthority, type TestBroker, testBroker } from "@hotspan/broker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { app, registerModule } from "./support/runtimes.ts";
import { consume, createTopic, recordsIn } from "./support/topic.ts";

let authority: Authority;
let other: Authority;
let kafka: TestBroker | undefined;
let client: ReturnType<Authority["issue"]>;
/** The client's key under a passphrase. */
let encrypted: string;

beforeAll(async () => {
  authority = makeAuthority();
  other = makeAuthority("Somebody else");
  client = authority.issue("agent");
  encrypted = `${client.key}.encrypted`;
  const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open sesame" } as const;
  writeFileSync(encrypted, createPrivateKey(readFileSync(client.key)).export(options));
  kafka = await testBroker({
    keyStore: authority.issue("broker").both,
    trustStore: authority.ca,
    clientCertificates: true,
    users: { alice: "alice-secret" },
  });
  if (kafka !== undefined) await createTopic(kafka.brokers, 1);
});
afterAll(async () => {
  await kafka?.close();
  authority.remove();
  other.remove();
});

const ending = async (ended: "natural" | "exit", env: Record<string, string>) => {
  const { code, stderr } = await runNode(["--import", registerModule, app("life.cjs"), ended], {
    HOTSPAN_WINDOW_MS: "30000",
    HOTSPAN_EXIT_MS: "10000",
    ...env,
  }).ended;
  expect(code).toBe(ended === "exit" ? 3 : 0);
  return stderr;
};

/** Host names in the topic. */
async function hosts(): Promise<string[]> {
  if (kafka === undefined) return [];
  const end = await recordsIn(kafka.brokers);
  const records = end === 0 ? [] : await consume(kafka.brokers, ({ length }) => length >= end);
  return records.map(({ window }) => window.header.resource["host.name"] ?? "");
}

const sasl = (mechanism: string): Record<string, string> => ({
  HOTSPAN_KAFKA_BROKERS: kafka?.broker?.saslSsl ?? "",
  HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
  HOTSPAN_KAFKA_SASL_MECHANISM: mechanism,
  HOTSPAN_KAFKA_SASL_USERNAME: "alice",
  HOTSPAN_KAFKA_SASL_PASSWORD: "alice-secret",
  HOTSPAN_KAFKA_SSL_CA_LOCATION: authority.ca,
});
const ssl = (): Record<string, string> => ({
  HOTSPAN_KAFKA_BROKERS: kafka?.broker?.ssl ?? "",
  HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SSL",
  HOTSPAN_KAFKA_SSL_CERTIFICATE_LOCATION: client.certificate,
  HOTSPAN_KAFKA_SSL_KEY_LOCATION: client.key,
});

test("windows arrive over TLS with a client's certificate, and over SASL by each mechanism", async (context) => {
  if (kafka === undefined) return context.skip("no Kafka");
  const ways: Record<string, Record<string, string>> = {
    "tls-client-certificate": { ...ssl(), HOTSPAN_KAFKA_SSL_CA_LOCATION: authority.ca },
    // As the general settings name it, and as Node.js does.
    "tls-general": { ...ssl(), HOTSPAN_CERTIFICATE: authority.ca },
    "tls-extra": { ...ssl(), NODE_EXTRA_CA_CERTS: authority.ca },
    plain: sasl("PLAIN"),
    scram256: sasl("SCRAM-SHA-256"),
    scram512: sasl("scram-sha-512"),
    "tls-passphrase": {
      ...ssl(),
      HOTSPAN_KAFKA_SSL_CA_LOCATION: authority.ca,
      HOTSPAN_KAFKA_SSL_KEY_LOCATION: encrypted,
      HOTSPAN_KAFKA_SSL_KEY_PASSWORD: "open sesame",
    },
  };
  const names = Object.keys(ways);
  for (const [index, name] of names.entries())
    expect(
      await ending(index % 2 === 0 ? "natural" : "exit", {
        ...ways[name],
        OTEL_RESOURCE_ATTRIBUTES: `host.name=${name}`,
      }),
    ).toBe("");
  // A program that ends by itself may send a short last window behind its flush.
  expect([...new Set(await hosts())].toSorted()).toEqual(names.toSorted());
});

test("who is not let in says so at once, with a code and without the password", async (context) => {
  if (kafka === undefined) return context.skip("no Kafka");
  const wrong = await ending("natural", {
    ...sasl("SCRAM-SHA-512"),
    HOTSPAN_KAFKA_SASL_PASSWORD: "wrong-secret",
  });
  expect(wrong).toMatch(/Set HOTSPAN_KAFKA_SASL_USERNAME and .*\(HOTSPAN_AGENT_RECEIVER_UNAUTHORIZED\)/);
  expect(wrong).not.toContain("wrong-secret");
  const untrusted = await ending("natural", {
    ...sasl("PLAIN"),
    HOTSPAN_KAFKA_SSL_CA_LOCATION: other.ca,
  });
  expect(untrusted).toMatch(/Set HOTSPAN_KAFKA_SSL_CA_LOCATION \(HOTSPAN_AGENT_RECEIVER_UNTRUSTED\)/);
  const missing = await ending("natural", {
    ...sasl("PLAIN"),
    HOTSPAN_KAFKA_SSL_CA_LOCATION: "/nowhere/ca.pem",
  });
  expect(missing).toMatch(/cannot read \/nowhere\/ca\.pem: ENOENT.*\(HOTSPAN_AGENT_RECEIVER_UNTRUSTED\)/);
});
