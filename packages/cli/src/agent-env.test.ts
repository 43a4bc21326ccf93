import { expect, test } from "vitest";
import { agentEnv } from "./agent-env.ts";

const run = { ingestUrl: "http://127.0.0.1:4318" };
const register = "file:///opt/with%20space/register.mjs";

test("an empty environment gets the agent, its endpoint and the exporter's", () => {
  expect(agentEnv({}, run, register)).toEqual({
    NODE_OPTIONS: `--import=${register}`,
    HOTSPAN_ENDPOINT: run.ingestUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: run.ingestUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  });
});

test("what the caller has set stays, and NODE_OPTIONS are kept", () => {
  const env = {
    NODE_OPTIONS: "--max-old-space-size=512",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4317",
    HOTSPAN_ENDPOINT: "http://profiles:4318",
  };
  const result = agentEnv(env, run, register);
  expect(result).toEqual({ ...env, NODE_OPTIONS: `--max-old-space-size=512 --import=${register}` });
  expect(agentEnv(result, run, register)["NODE_OPTIONS"]).toBe(result["NODE_OPTIONS"]);
});

test("an exporter of traces alone counts as set", () => {
  const result = agentEnv({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:4318/v1/traces" }, run, register);
  expect(result["OTEL_EXPORTER_OTLP_ENDPOINT"]).toBeUndefined();
});

test("brokers select Kafka, a token goes to the exporter too", () => {
  const result = agentEnv({ HOTSPAN_TOKEN: "s3cret" }, { ...run, kafka: { brokers: "k:9092" } }, register);
  expect(result["HOTSPAN_KAFKA_BROKERS"]).toBe("k:9092");
  expect(result["OTEL_EXPORTER_OTLP_HEADERS"]).toBe("authorization=Bearer%20s3cret");
});
