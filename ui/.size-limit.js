// All that the first page loads: what its HTML names, scripts and style sheets that are preloaded too.
import { readFileSync } from "node:fs";

const app = new URL("dist/app/", import.meta.url);

export const firstLoad = () => {
  const html = readFileSync(new URL("index.html", app), "utf8");
  const named = [...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)];
  return ["index.html", ...named.map((match) => match[1])];
};

export default [
  {
    name: "first load",
    path: firstLoad().map((file) => `dist/app/${file}`),
    limit: "250 kB",
    gzip: true,
  },
];
