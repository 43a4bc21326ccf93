import { makeAuthority, testBroker } from "@hotspan/broker";
import { pino } from "pino";
import { expect, test } from "vitest";
import { kafkaClient } from "../src/kafka/client.ts";
import { kafkaSecurity } from "../src/kafka/security.ts";

test("the correlator reaches brokers over TLS, and over SASL by each mechanism", async (context) => {
  const authority = makeAuthority();
  const kafka = await testBroker({
    keyStore: authority.issue("broker").both,
    trustStore: authority.ca,
    users: { correlator: "its-secret" },
  });
  if (kafka?.broker === undefined) {
    authority.remove();
    return context.skip("no Kafka");
  }
  const { ssl = "", saslSsl = "" } = kafka.broker;
  const sasl = {
    HOTSPAN_CERTIFICATE: authority.ca,
    HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
    HOTSPAN_KAFKA_SASL_USERNAME: "correlator",
    HOTSPAN_KAFKA_SASL_PASSWORD: "its-secret",
  };
  const reaches = async (brokers: string, env: NodeJS.ProcessEnv): Promise<void> => {
    const admin = kafkaClient(brokers, pino({ level: "silent" }), kafkaSecurity(env)).admin({
      retry: { retries: 0 },
    });
    try {
      await admin.connect();
      await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };
  try {
    await reaches(ssl, { HOTSPAN_CERTIFICATE: authority.ca, HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SSL" });
    for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
      await reaches(saslSsl, { ...sasl, HOTSPAN_KAFKA_SASL_MECHANISM: mechanism });
    await expect(reaches(saslSsl, { ...sasl, HOTSPAN_KAFKA_SASL_PASSWORD: "wrong" })).rejects.toThrow();
    await expect(reaches(ssl, { HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SSL" })).rejects.toThrow();
  } finally {
    await kafka.close();
    authority.remove();
  }
});
