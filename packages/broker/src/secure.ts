/** Two more client listeners, one with TLS and one with TLS and SASL (PLAIN, SCRAM-SHA-256 and -512). */
export interface SecureListeners {
  /** PEM file: the broker's key (PKCS #8) and certificate. */
  readonly keyStore: string;
  /** PEM file: the authority that clients' certificates must be signed by. */
  readonly trustStore: string;
  /** Ask clients of the TLS listener for a certificate. */
  readonly clientCertificates?: boolean;
  /** Passwords by name. */
  readonly users: Readonly<Record<string, string>>;
}

export interface SecurePorts {
  readonly ssl: number;
  readonly saslSsl: number;
}

/** Lines of server.properties; they replace what is said of listeners before. */
export function secureProperties(
  { keyStore, trustStore, clientCertificates = false, users }: SecureListeners,
  { ssl, saslSsl }: SecurePorts,
  { listeners, advertised }: { readonly listeners: string; readonly advertised: string },
): string[] {
  const own = `SSL://127.0.0.1:${ssl},SASL_SSL://127.0.0.1:${saslSsl}`;
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  const plain = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  return [
    `listeners=${listeners},${own}`,
    `advertised.listeners=${advertised},${own}`,
    "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL",
    "ssl.keystore.type=PEM",
    `ssl.keystore.location=${keyStore}`,
    "ssl.truststore.type=PEM",
    `ssl.truststore.location=${trustStore}`,
    ...(clientCertificates ? ["listener.name.ssl.ssl.client.auth=required"] : []),
    "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    `listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${plain.join(" ")};`,
    `listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${scram}`,
    `listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${scram}`,
  ];
}

/** Arguments that give the users their SCRAM passwords when the log is formatted. */
export function scramArguments({ users }: SecureListeners): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}
