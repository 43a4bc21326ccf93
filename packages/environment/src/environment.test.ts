import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { misspelt, VARIABLES, withoutServiceLinks } from "./index.ts";

test("names a letter or two off are told from those that are known, and from strangers'", () => {
  const env = {
    HOTSPAN_ENDPIONT: "x",
    HOTSPAN_QUITLOOP: "off",
    HOTSPANHZ: "9",
    HOTSPAN_HZ: "99",
    HOTSPAN_SERVICE_HOST: "10.0.0.1",
    HOTSPAN_PORT_4600_TCP: "tcp://10.0.0.1:4600",
    HOTSPAN_DB: "x",
    HOTSPAN_ID: "x",
    HOTSPAN_HOME: "/x",
    HOTSPAN_DTAA: "/x",
    HOTSPOT: "1",
    PATH: "/bin",
  };
  expect(misspelt(env)).toEqual([
    { name: "HOTSPAN_ENDPIONT", meant: "HOTSPAN_ENDPOINT" },
    { name: "HOTSPAN_QUITLOOP", meant: "HOTSPAN_QUIET_LOOP" },
    { name: "HOTSPANHZ", meant: "HOTSPAN_HZ" },
    { name: "HOTSPAN_DTAA", meant: "HOTSPAN_DATA" },
  ]);
});

test("what Kubernetes sets beside a service is not taken for a port", () => {
  expect(withoutServiceLinks({ HOTSPAN_PORT: "tcp://10.0.0.1:4600", HOTSPAN_HZ: "9" })).toEqual({
    HOTSPAN_HZ: "9",
  });
  expect(withoutServiceLinks({ HOTSPAN_PORT: "4600" })).toEqual({ HOTSPAN_PORT: "4600" });
});

test("each variable that the documentation has a row of is known", () => {
  const docs = new URL("../../../docs/", import.meta.url);
  const rows = readdirSync(docs)
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => readFileSync(new URL(name, docs), "utf8").split("\n"))
    .filter((line) => line.startsWith("| `HOTSPAN_"));
  const named = rows.flatMap((row) => row.split("|")[1]!.match(/HOTSPAN_[A-Z0-9_]+/g) ?? []);
  const codes = /^HOTSPAN_(ACCESS|AGENT|BROKER|CLI|CORRELATOR|DECODE|KAFKA_BATCH|STORE|WIRE)_/;
  const variables = new Set(named.filter((name) => VARIABLES.includes(name) || !codes.test(name)));
  expect(variables.size).toBeGreaterThan(30);
  expect([...variables].filter((name) => !VARIABLES.includes(name))).toEqual([]);
});

test("every variable has its place in the documentation", () => {
  const pages = ["agent.md", "server-settings.md"].map((name) =>
    readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8"),
  );
  expect(VARIABLES.filter((name) => !pages.some((page) => page.includes(`\`${name}\``)))).toEqual([]);
});
