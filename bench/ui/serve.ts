import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { build } from "vite";

export const peers: string = join(import.meta.dirname, "../peers/node_modules");
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
};

export interface Pages {
  readonly url: string;
  /** The script of a page, for those that are not ours to write. */
  script(page: string): Promise<string>;
  close(): Promise<void>;
}

/** The pages as a browser gets them from a release: bundled, minified, over HTTP. `texts`: name → profile. */
export async function servePages(
  pages: readonly string[],
  texts: ReadonlyMap<string, string>,
): Promise<Pages> {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-bench-ui-"));
  for (const page of pages) {
    await build({
      configFile: false,
      logLevel: "warn",
      root: import.meta.dirname,
      base: "./",
      resolve: {
        alias: {
          "d3-flame-graph": at("d3-flame-graph"),
          "d3-selection": at("d3-selection"),
          "flame-chart-js": at("flame-chart-js"),
        },
      },
      define: { "process.env.NODE_ENV": JSON.stringify("production") },
      build: {
        emptyOutDir: true,
        outDir: join(folder, page),
        target: "es2024",
        assetsInlineLimit: 0,
        rolldownOptions: {
          input: join(import.meta.dirname, "pages", `${page}.ts`),
          output: { entryFileNames: "page.js", assetFileNames: "[name][extname]" },
        },
      },
    });
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://bench").pathname;
    const send = (type: string, body: string | Buffer): void =>
      void response.writeHead(200, { "content-type": types[type] ?? "application/octet-stream" }).end(body);
    const text = texts.get(basename(path, ".json"));
    if (path.startsWith("/profile/") && text !== undefined) return send(".json", text);
    const page = /^\/([\w-]+)\/$/.exec(path)?.[1];
    if (page !== undefined) return send(".html", html);
    const file = path.startsWith("/speedscope/")
      ? join(peers, "speedscope/dist/release", basename(path))
      : join(folder, path);
    readFile(file).then(
      (body) => send(extname(file), body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    script: (page) => readFile(join(folder, page, "page.js"), "utf8"),
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const at = (name: string): string => join(peers, name);

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>bench</title>
<link rel="stylesheet" href="page.css">
<body style="margin: 20px">
<div id="root"></div>
<script type="module" src="page.js"></script>
`;
