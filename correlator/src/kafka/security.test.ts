import { expect, test } from "vitest";
import { kafkaSecurity } from "./security.ts";

test("nothing by default, TLS and SASL as the protocol says", () => {
  const sasl = { HOTSPAN_KAFKA_SASL_USERNAME: "alice", HOTSPAN_KAFKA_SASL_PASSWORD: "secret" };
  expect(kafkaSecurity({})).toEqual({});
  expect(kafkaSecurity(sasl)).toEqual({});
  expect(kafkaSecurity({ HOTSPAN_KAFKA_SECURITY_PROTOCOL: "ssl" })).toEqual({ tls: {} });
  expect(kafkaSecurity({ ...sasl, HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_PLAINTEXT" })).toEqual({
    sasl: { mechanism: "PLAIN", username: "alice", password: "secret" },
  });
  const scram = {
    HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
    HOTSPAN_KAFKA_SASL_MECHANISM: "scram-sha-512",
  };
  expect(kafkaSecurity({ ...sasl, ...scram })).toEqual({
    tls: {},
    sasl: { mechanism: "SCRAM-SHA-512", username: "alice", password: "secret" },
  });
});

test.each([
  [{ HOTSPAN_KAFKA_SECURITY_PROTOCOL: "TLS" }, /PROTOCOL=TLS is none of/],
  [
    { HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SASL_SSL", HOTSPAN_KAFKA_SASL_MECHANISM: "GSSAPI" },
    /MECHANISM=GSSAPI is none of/,
  ],
  [
    { HOTSPAN_KAFKA_SECURITY_PROTOCOL: "SSL", HOTSPAN_KAFKA_SSL_CA_LOCATION: "/nowhere/ca.pem" },
    /cannot read HOTSPAN_KAFKA_SSL_CA_LOCATION .*\/nowhere\/ca\.pem/,
  ],
])("%j is refused at the start", (env, message) => {
  expect(() => kafkaSecurity(env)).toThrow(message);
});
