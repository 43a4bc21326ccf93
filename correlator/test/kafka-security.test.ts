import { makeAuthority, testBroker } from "@hotspan/broker";
import { pino } from "pino";
import { expect, test } from "vitest";
import { KAFKA_CLIENTS } from "../src/kafka/driver.ts";
import { openDriver } from "../src/kafka/open-driver.ts";
import { kafkaSecurity } from "../src/kafka/security.ts";

test.each(KAFKA_CLIENTS)("%s reaches brokers over TLS, and over SASL by each mechanism", async (library) => {
  const authority = makeAuthority();
  const kafka = await testBroker({
    keyStore: authority.issue("broker").both,
    trustStore: authority.ca,
    users: { correlator: "its-secret" },
  });
  if (kafka?.broker === undefined) {
    authority.remove();
    return;
  }
  const { ssl = "", saslSsl = "" } = kafka.broker;
  const sasl = {
    HOTSPAN_CERTIFICATE: authority.ca,
    HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
    HOTSPAN_KAFKA_SASL_USERNAME: "correlator",
    HOTSPAN_KAFKA_SASL_PASSWORD: "its-secret",
  };
  const reaches = async (brokers: string, env: NodeJS.ProcessEnv): Promise<void> => {
    const address = { brokers: [brokers], ...kafkaSecurity(env) };
    const driver = await openDriver(library, address, pino({ level: "silent" }));
    await driver.listTopics();
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
