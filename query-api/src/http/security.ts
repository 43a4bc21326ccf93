import { createHash, timingSafeEqual } from "node:crypto";
import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback, type Settings } from "../config.ts";
import { ApiError } from "../errors.ts";

function nameOf(host: string): string | undefined {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, username, pathname, search, hash } = new URL(url);
  return username === "" && pathname === "/" && search === "" && hash === "" ? hostname : undefined;
}

/**
 * A page elsewhere can point its own name at 127.0.0.1 and then read our answers as "same origin" (DNS rebinding):
 * only names that are ours are served. On a public address the token does that job, unless names are configured.
 */
export function hostCheck(settings: Settings): (request: FastifyRequest) => void {
  const ours = new Set(
    [settings.host, ...settings.allowedHosts].map((name) => nameOf(name) ?? name.toLowerCase()),
  );
  const open = !isLoopback(settings.host) && settings.allowedHosts.length === 0;
  const known = (name: string | undefined): boolean =>
    name !== undefined && (isLoopback(name) || name.endsWith(".localhost") || ours.has(name));
  return (request) => {
    const { host, origin } = request.headers;
    const name = host === undefined ? undefined : nameOf(host);
    if (name === undefined || !(open || known(name)))
      throw new ApiError("forbidden", "The Host header names another server than this one.");
    if (origin === undefined) return;
    const from = URL.canParse(origin) ? new URL(origin) : undefined;
    const same = from !== undefined && from.host === new URL(`http://${host}`).host;
    if (from === undefined || !/^https?:$/.test(from.protocol) || !(same || (!open && known(from.hostname))))
      throw new ApiError("forbidden", "The Origin header names another site than this one.");
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export function tokenCheck(token: string): (request: FastifyRequest) => void {
  const expected = digest(token);
  return (request) => {
    const [scheme, given] = (request.headers.authorization ?? "").split(" ", 2);
    if (
      scheme?.toLowerCase() !== "bearer" ||
      given === undefined ||
      !timingSafeEqual(digest(given), expected)
    )
      throw new ApiError("unauthorized", "Send the token as `Authorization: Bearer …`.");
  };
}

export async function secure(app: FastifyInstance, settings: Settings): Promise<void> {
  const check = hostCheck(settings);
  app.addHook("onRequest", async (request) => check(request));
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // The SQL editor and the menus put their rules into style elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:", "blob:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", "blob:"],
        manifestSrc: ["'self'"],
        baseUri: ["'self'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Plain http on loopback and behind proxies is usual: whoever terminates TLS sends this one.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: "same-origin" },
    referrerPolicy: { policy: "no-referrer" },
  });
}
