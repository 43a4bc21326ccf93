import { createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Authority, makeAuthority } from "@hotspan/broker";
import { runNode } from "./support/child.ts";
import { Proxy } from "./support/proxy.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

let authority: Authority;
let client: ReturnType<Authority["issue"]>;
let secure: Receiver;
/** Asks for a client's certificate. */
let strict: Receiver;
let plain: Receiver;
let proxy: Proxy;
/** TLS to the proxy itself, and within it to the receiver. */
let secureProxy: Proxy;

beforeAll(async () => {
  authority = makeAuthority();
  client = authority.issue("agent");
  const { key, certificate } = authority.issue("correlator");
  const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
  secure = await Receiver.start(tls);
  strict = await Receiver.start({ ...tls, ca: readFileSync(authority.ca), requestCert: true });
  plain = await Receiver.start();
  proxy = await Proxy.start();
  secureProxy = await Proxy.start(tls);
});
afterAll(async () => {
  await Promise.all([secure, strict, plain, proxy, secureProxy].map((one) => one.close()));
  authority.remove();
});
beforeEach(() => {
  for (const receiver of [secure, strict, plain]) receiver.received.length = 0;
  proxy.asked.length = 0;
  proxy.authorization = undefined;
  proxy.silent = false;
});

async function ends(
  ending: "natural" | "exit" | "throw",
  env: Record<string, string>,
  binary = process.execPath,
): Promise<string> {
  const { code, stderr } = await runNode(
    ["--import", registerModule, app("life.cjs"), ending],
    { HOTSPAN_WINDOW_MS: "30000", HOTSPAN_EXIT_MS: "8000", ...env },
    binary,
  ).ended;
  expect(code).toBe({ natural: 0, exit: 3, throw: 1 }[ending]);
  return stderr;
}
const noTls = {
  ALL_PROXY: "",
  http_proxy: "",
  https_proxy: "",
  HTTP_PROXY: "",
  HTTPS_PROXY: "",
  NO_PROXY: "",
};

for (const ending of ["natural", "exit"] as const) {
  test.for(runtimes)(
    `over HTTPS, an authority of one's own, a client's certificate and a token, ${ending} on Node $major`,
    async ({ binary }) => {
      const tls = {
        HOTSPAN_CERTIFICATE: authority.ca,
        HOTSPAN_CLIENT_CERTIFICATE: client.certificate,
        HOTSPAN_CLIENT_KEY: client.key,
      };
      expect(
        await ends(ending, { ...noTls, ...tls, HOTSPAN_ENDPOINT: strict.url, HOTSPAN_TOKEN: "t" }, binary),
      ).toBe("");
      expect(strict.received[0]?.headers["authorization"]).toBe("Bearer t");
      expect(proxy.asked).toEqual([]);
    },
  );

  test.for(runtimes)(
    `over HTTPS, an authority by NODE_EXTRA_CA_CERTS, ${ending} on Node $major`,
    async ({ binary }) => {
      const env = { ...noTls, HOTSPAN_ENDPOINT: secure.url, NODE_EXTRA_CA_CERTS: authority.ca };
      expect(await ends(ending, env, binary)).toBe("");
      expect(secure.received.length).toBeGreaterThan(0);
    },
  );

  test.for(runtimes)(
    `through a proxy as Node.js itself heeds the variables, ${ending} on Node $major`,
    async ({ binary }) => {
      const env = {
        ...noTls,
        NODE_USE_ENV_PROXY: "1",
        HTTPS_PROXY: proxy.url,
        HTTP_PROXY: proxy.url,
        NODE_EXTRA_CA_CERTS: authority.ca,
        NODE_NO_WARNINGS: "1",
      };
      expect(await ends(ending, { ...env, HOTSPAN_ENDPOINT: secure.url }, binary)).toBe("");
      expect(secure.received.length).toBeGreaterThan(0);
      expect(proxy.asked[0]).toBe(`CONNECT ${new URL(secure.url).host}`);
      proxy.asked.length = 0;
      expect(await ends(ending, { ...env, HOTSPAN_ENDPOINT: plain.url }, binary)).toBe("");
      expect(plain.received.length).toBeGreaterThan(0);
      expect(proxy.asked[0]).toBe(`POST ${plain.url}/v1/profiles`);
      proxy.asked.length = 0;
      expect(
        await ends(ending, { ...env, HOTSPAN_ENDPOINT: secure.url, NO_PROXY: "127.0.0.1" }, binary),
      ).toBe("");
      expect(proxy.asked).toEqual([]);
    },
  );
}

test.for(runtimes)("through a proxy that is spoken to over TLS itself: Node $major", async ({ binary }) => {
  for (const ending of ["natural", "exit"] as const)
    for (const receiver of [secure, plain]) {
      secureProxy.asked.length = receiver.received.length = 0;
      const env = {
        HOTSPAN_ENDPOINT: receiver.url,
        HOTSPAN_PROXY: secureProxy.url,
        NODE_EXTRA_CA_CERTS: authority.ca,
        // Two handshakes and a window within the 2 s of an end are much to ask of a busy machine.
        ...(ending === "natural" ? { HOTSPAN_WINDOW_MS: "500", TEST_WAIT: "2500" } : {}),
      };
      expect(await ends(ending, { ...noTls, ...env }, binary)).toBe("");
      expect(secureProxy.asked.length).toBeGreaterThan(0);
      expect(receiver.received.length).toBeGreaterThan(0);
    }
});

test("a client's key under a passphrase; a wrong one is said", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-key-"));
  const key = join(folder, "key.pem");
  const encrypted = {
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "open sesame",
  } as const;
  writeFileSync(key, createPrivateKey(readFileSync(client.key)).export(encrypted));
  const env = {
    ...noTls,
    HOTSPAN_ENDPOINT: strict.url,
    HOTSPAN_CERTIFICATE: authority.ca,
    HOTSPAN_CLIENT_CERTIFICATE: client.certificate,
    HOTSPAN_CLIENT_KEY: key,
  };
  try {
    for (const ending of ["natural", "exit"] as const) {
      strict.received.length = 0;
      expect(await ends(ending, { ...env, HOTSPAN_CLIENT_KEY_PASSWORD: "open sesame" })).toBe("");
      expect(strict.received.length).toBeGreaterThan(0);
    }
    strict.received.length = 0;
    const stderr = await ends("natural", { ...env, HOTSPAN_CLIENT_KEY_PASSWORD: "wrong word" });
    expect(stderr).toContain("HOTSPAN_AGENT_RECEIVER_UNTRUSTED");
    expect(stderr).not.toContain("wrong word");
    expect(strict.received).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the variables alone are not heeded, as Node.js does not; HOTSPAN_PROXY=env, an address, and off", async () => {
  const env = {
    ...noTls,
    HTTPS_PROXY: proxy.url,
    HOTSPAN_ENDPOINT: secure.url,
    HOTSPAN_CERTIFICATE: authority.ca,
  };
  expect(await ends("natural", env)).toBe("");
  expect(proxy.asked).toEqual([]);
  expect(await ends("natural", { ...env, NODE_USE_ENV_PROXY: "1", HOTSPAN_PROXY: "off" })).toBe("");
  expect(proxy.asked).toEqual([]);
  expect(await ends("natural", { ...env, HOTSPAN_PROXY: "env" })).toBe("");
  expect(proxy.asked.length).toBeGreaterThan(0);
  proxy.asked.length = 0;
  proxy.authorization = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  const named = `http://me:secret@127.0.0.1:${proxy.port}`;
  expect(await ends("exit", { ...env, HTTPS_PROXY: "", HOTSPAN_PROXY: named })).toBe("");
  expect(proxy.asked.length).toBeGreaterThan(0);
  expect(secure.received.length).toBeGreaterThan(3);
});

test("a server that is not trusted, a wrong token, a proxy's refusal: said at once, each with its code", async () => {
  const env = { ...noTls, HOTSPAN_ENDPOINT: secure.url };
  expect(await ends("natural", env)).toMatch(
    /no trusted connection to .*Set HOTSPAN_CERTIFICATE \(HOTSPAN_AGENT_RECEIVER_UNTRUSTED\)/,
  );
  expect(await ends("natural", { ...env, HOTSPAN_CERTIFICATE: "/nowhere/ca.pem" })).toMatch(
    /cannot read \/nowhere\/ca\.pem: ENOENT/,
  );
  secure.status = 401;
  expect(await ends("natural", { ...env, HOTSPAN_CERTIFICATE: authority.ca })).toMatch(
    /HTTP 401.*Set HOTSPAN_TOKEN \(HOTSPAN_AGENT_RECEIVER_UNAUTHORIZED\)/,
  );
  secure.status = 202;
  proxy.authorization = "Basic other";
  const stderr = await ends("natural", {
    ...env,
    HOTSPAN_CERTIFICATE: authority.ca,
    HOTSPAN_PROXY: `http://me:secret@127.0.0.1:${proxy.port}`,
  });
  expect(stderr).toMatch(/407.*Set HOTSPAN_PROXY \(HOTSPAN_AGENT_RECEIVER_UNAUTHORIZED\)/);
  expect(stderr).not.toContain("secret");
});

test.for(runtimes)(
  "a proxy that takes the connection and never answers holds no program: Node $major",
  async ({ binary }) => {
    proxy.silent = true;
    for (const receiver of [secure, plain])
      await ends("natural", { ...noTls, HOTSPAN_ENDPOINT: receiver.url, HOTSPAN_PROXY: proxy.url }, binary);
    expect(proxy.asked.length).toBeGreaterThan(0);
  },
);
