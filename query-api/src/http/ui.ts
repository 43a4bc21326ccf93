import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Settings } from "../config.ts";
import { ApiError } from "../errors.ts";
import { sendProblem } from "./problem.ts";

/** The page with `<base>`, so that one build works under any path. */
export function withBase(html: string, basePath: string): string {
  return html.replace(/<head([^>]*)>/i, `<head$1><base href="${basePath}/">`);
}

function navigates(request: FastifyRequest): boolean {
  return (
    (request.method === "GET" || request.method === "HEAD") &&
    (request.headers.accept ?? "").includes("text/html")
  );
}

/** The UI's files; its page also answers every other path a browser navigates to. */
export async function serveUi(app: FastifyInstance, settings: Settings): Promise<void> {
  const { uiDir, basePath } = settings;
  const html =
    uiDir === undefined
      ? undefined
      : await readFile(join(uiDir, "index.html"), "utf8").catch((error: unknown) => {
          app.log.warn({ err: error, uiDir }, "no built UI there: serving the API only");
          return undefined;
        });
  const page = html === undefined ? undefined : withBase(html, basePath);
  const sendPage = (reply: FastifyReply): FastifyReply =>
    reply.header("cache-control", "no-cache").type("text/html; charset=utf-8").send(page);
  if (page !== undefined && uiDir !== undefined) {
    for (const path of ["/", "/index.html"])
      app.get(`${basePath}${path}`, { schema: { hide: true } }, (_request, reply) => sendPage(reply));
    await app.register(fastifyStatic, {
      root: uiDir,
      prefix: `${basePath}/`,
      index: false,
      redirect: false,
      cacheControl: false,
      setHeaders: (response, path) => {
        // Names of built assets carry a hash of their content.
        const hashed = /[/\\]assets[/\\]/.test(path);
        response.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const inside = path === basePath || path.startsWith(`${basePath}/`);
    if (page !== undefined && inside && navigates(request) && !path.startsWith(`${basePath}/api/`))
      return sendPage(reply);
    return sendProblem(
      request,
      reply,
      new ApiError("not_found", `Nothing is at ${request.method} ${path.slice(0, 200)}`),
    );
  });
}
