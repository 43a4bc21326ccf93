// Plain CommonJS on purpose: it must run on any Node, to say why a newer one is needed.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Hotspan needs Node 24 (22.18 at least); this is ${process.version} on ${process.platform}-${process.arch}.\n` +
      "On linux-x64 it comes with `npm ci`: run it without --omit=optional, and start through `npm run` or `npx`.\n" +
      "Elsewhere install Node 24 (https://nodejs.org) and try again.",
  );
  process.exit(2);
}
