// Which workspace may import which (see ARCHITECTURE.md). knip makes sure that every import is listed in a
// package.json, so the lists there are the imports; what is left is a relative path into another workspace.
import { globSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

const allowed: Readonly<Record<string, readonly string[]>> = {
  "@hotspan/access": [],
  "@hotspan/environment": [],
  "@hotspan/wire": [],
  "@hotspan/store": [],
  "@hotspan/broker": [],
  "@hotspan/ledger": [],
  "@hotspan/agent": ["@hotspan/environment", "@hotspan/wire"],
  "@hotspan/correlator": ["@hotspan/access", "@hotspan/environment", "@hotspan/wire", "@hotspan/store"],
  "@hotspan/query-api": ["@hotspan/access", "@hotspan/environment", "@hotspan/store", "@hotspan/ledger"],
  "@hotspan/ui": ["@hotspan/query-api"],
};
// Processes that only tests start.
const testsOnly: ReadonlySet<string> = new Set(["@hotspan/broker"]);
// What a package's own tests may read besides: recorded windows, here.
const allowedInTests: Readonly<Record<string, readonly string[]>> = {
  "@hotspan/ledger": ["@hotspan/wire"],
};
// Nothing restricts what stands above: the cli, examples, tests and benchmarks. But nobody imports those.
const tops: ReadonlySet<string> = new Set([
  "hotspan",
  "@hotspan/e2e",
  "@hotspan/bench",
  "@hotspan/example-shop",
  "@hotspan/example-library",
]);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const folders = globSync("{agent,correlator,query-api,ui,e2e,bench,packages/*,examples/*}/package.json").map(
  dirname,
);
const problems: string[] = [];

for (const folder of folders) {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
  const may = allowed[manifest.name];
  for (const list of ["dependencies", "devDependencies"] as const) {
    for (const name of Object.keys(manifest[list] ?? {})) {
      if (!name.startsWith("@hotspan/") && name !== "hotspan") continue;
      const forTests =
        list === "devDependencies" &&
        (testsOnly.has(name) || allowedInTests[manifest.name]?.includes(name) === true);
      if (may !== undefined && !may.includes(name) && !forTests) {
        problems.push(`${folder}: ${manifest.name} must not depend on ${name}`);
      }
      if (tops.has(name) && !tops.has(manifest.name))
        problems.push(`${folder}: nothing below may depend on ${name}`);
    }
  }
  for (const file of globSync(`${folder}/{src,test}/**/*.{ts,tsx}`)) {
    for (const [, path] of readFileSync(file, "utf8").matchAll(/\bfrom\s+"(\.[^"]+)"/g)) {
      const target = relative(folder, resolve(dirname(file), path ?? ""));
      if (target.startsWith(".."))
        problems.push(`${file}: imports ${path} outside its workspace; use the package's name`);
    }
  }
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`import direction: ${folders.length} workspaces follow it`);
