import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Settings } from "../config.ts";
import { ApiError } from "../errors.ts";
import { sendProblem } from "./problem.ts";
import { readUi, type UiFile, type UiFiles } from "./ui-files.ts";

function navigates(request: FastifyRequest): boolean {
  return (
    (request.method === "GET" || request.method === "HEAD") &&
    (request.headers.accept ?? "").includes("text/html")
  );
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: UiFile, cache: string): FastifyReply {
  reply.header("cache-control", cache).header("etag", file.etag).header("vary", "accept-encoding");
  if (request.headers["if-none-match"]?.includes(file.etag) === true) return reply.code(304).send();
  reply.type(file.type);
  if (file.gzipped === undefined || !/\bgzip\b/.test(request.headers["accept-encoding"] ?? ""))
    return reply.send(file.body);
  return reply.header("content-encoding", "gzip").send(file.gzipped);
}

/** The UI's files as they were at start; its page also answers every other path a browser navigates to. */
export async function serveUi(app: FastifyInstance, settings: Settings): Promise<void> {
  const { uiDir, basePath } = settings;
  const ui: UiFiles | undefined =
    uiDir === undefined
      ? undefined
      : await readUi(uiDir, basePath).catch((error: unknown) => {
          app.log.warn({ err: error, uiDir }, "no built UI there: serving the API only");
          return undefined;
        });
  const hidden = { schema: { hide: true } };
  if (ui !== undefined) {
    for (const path of ["/", "/index.html"])
      app.get(`${basePath}${path}`, hidden, (request, reply) =>
        sendFile(request, reply, ui.page, "no-cache"),
      );
    for (const [name, file] of ui.files) {
      // Names of built assets carry a hash of their content.
      const cache = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
      app.get(`${basePath}/${name}`, hidden, (request, reply) => sendFile(request, reply, file, cache));
    }
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const inside = path === basePath || path.startsWith(`${basePath}/`);
    if (ui !== undefined && inside && navigates(request) && !path.startsWith(`${basePath}/api/`))
      return sendFile(request, reply, ui.page, "no-cache");
    // Of paths without parameters it is known what they take.
    const methods = (["GET", "POST"] as const).filter((method) => app.hasRoute({ method, url: path }));
    if (methods.length > 0) reply.header("allow", methods.join(", "));
    const takes = methods.length === 0 ? "" : `: it takes ${methods.join(", ")}`;
    return sendProblem(
      request,
      reply,
      new ApiError("not_found", `Nothing is at ${request.method} ${path.slice(0, 200)}${takes}`),
    );
  });
}
