// Makes the process look like another host, by what such hosts are known by. TEST_HOST says which.
const host = process.env.TEST_HOST;
if (host === "bun")
  Object.defineProperty(process, "versions", { value: { ...process.versions, bun: "1.3.0" } });
if (host === "deno") globalThis.Deno = { version: { deno: "2.5.0" } };
if (host === "windows") Object.defineProperty(process, "platform", { value: "win32" });
if (host === "old") {
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } });
  const zlib = require("node:zlib");
  for (const name of Object.keys(zlib)) if (/zstd/i.test(name)) delete zlib[name];
  require("node:module").syncBuiltinESMExports();
}
