import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readConfig } from "../config.ts";
import { shownConfig } from "../telemetry/shown-config.ts";

let stderr: string[] = [];
beforeEach(() => {
  stderr = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

const otel = {
  OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector:4318",
  OTEL_EXPORTER_OTLP_CERTIFICATE: "/otel/ca.pem",
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: "/otel/me.pem",
  OTEL_EXPORTER_OTLP_CLIENT_KEY: "/otel/me.key",
};

test("the exporter's certificates hold for the exporter's endpoint, and for no other", () => {
  expect(readConfig({}, otel).tls).toEqual({
    ca: "/otel/ca.pem",
    certificate: "/otel/me.pem",
    key: "/otel/me.key",
  });
  expect(readConfig({}, { ...otel, HOTSPAN_CERTIFICATE: "/own/ca.pem" }).tls.ca).toBe("/own/ca.pem");
  const elsewhere = readConfig({}, { ...otel, HOTSPAN_ENDPOINT: "https://hotspan:4318" });
  expect(elsewhere.tls).toEqual({});
  expect(readConfig({ certificate: "/opt/ca.pem" }, { HOTSPAN_CERTIFICATE: "/own/ca.pem" }).tls.ca).toBe(
    "/opt/ca.pem",
  );
});

const kafka = { HOTSPAN_KAFKA_BROKERS: "k:9093" };

test("Kafka's security: nothing without a protocol, TLS and SASL as it says", () => {
  const ca = { HOTSPAN_CERTIFICATE: "/own/ca.pem", HOTSPAN_KAFKA_SASL_USERNAME: "alice" };
  expect(readConfig({}, { ...kafka, ...ca }).kafkaSecurity).toMatchObject({
    tls: undefined,
    sasl: undefined,
  });
  expect(
    readConfig({}, { ...kafka, ...ca, HOTSPAN_KAFKA_SECURITY_PROTOCOL: "ssl" }).kafkaSecurity,
  ).toMatchObject({ tls: { ca: "/own/ca.pem" }, sasl: undefined });
  const full = {
    ...kafka,
    ...ca,
    HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
    HOTSPAN_KAFKA_SASL_MECHANISM: "scram-sha-256",
    HOTSPAN_KAFKA_SASL_PASSWORD: " secret ",
    HOTSPAN_KAFKA_SSL_CA_LOCATION: "/kafka/ca.pem",
  };
  expect(readConfig({}, full).kafkaSecurity).toMatchObject({
    tls: { ca: "/kafka/ca.pem" },
    sasl: { mechanism: "SCRAM-SHA-256", username: "alice", password: " secret " },
  });
  expect(
    readConfig({}, { ...full, HOTSPAN_KAFKA_SASL_MECHANISM: "GSSAPI" }).kafkaSecurity.sasl?.mechanism,
  ).toBe("PLAIN");
  expect(stderr.join("")).toMatch(/HOTSPAN_KAFKA_SASL_MECHANISM="GSSAPI" ignored: expected PLAIN/);
});

test("files win over Kafka, which is said", () => {
  const config = readConfig({}, { ...kafka, HOTSPAN_FILES: "/var/tmp/w" });
  expect(config.kafkaBrokers).toEqual([]);
  expect(config.files).toEqual({ folder: "/var/tmp/w", maxBytes: 1 << 28, maxAgeMillis: 86_400_000 });
  expect(stderr.join("")).toMatch(/HOTSPAN_KAFKA_BROKERS="k:9093" ignored.*HOTSPAN_FILES/);
});

test("a proxy that is none is named, without what may be a password in it", () => {
  expect(readConfig({}, { HOTSPAN_PROXY: "me:secret@proxy:3128" }).proxy).toBeUndefined();
  expect(stderr.join("")).toMatch(/HOTSPAN_PROXY="…" ignored: expected env, off, or an http/);
  for (const given of ["env", "off"]) expect(readConfig({}, { HOTSPAN_PROXY: given }).proxy).toBe(given);
});

test("no secret is shown", () => {
  const shown = [
    { ...kafka, HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_SSL", HOTSPAN_KAFKA_SASL_PASSWORD: "secret" },
    { HOTSPAN_PROXY: "http://me:secret@proxy:3128" },
    { HOTSPAN_FILES: "w" },
  ].map((env) => shownConfig(readConfig({}, env)));
  expect(JSON.stringify(shown)).not.toContain("secret");
  expect(shown).toMatchObject([
    { kafkaTls: true, kafkaSasl: "PLAIN" },
    { proxy: "http://proxy:3128/" },
    { files: "w", filesMaxBytes: 1 << 28 },
  ]);
});
