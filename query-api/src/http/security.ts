import { isIpAddress, isLoopback } from "@hotspan/access";
import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Settings } from "../config.ts";
import { ApiError } from "../errors.ts";

function nameOf(host: string): string | undefined {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, username, pathname, search, hash } = new URL(url);
  return username === "" && pathname === "/" && search === "" && hash === "" ? hostname : undefined;
}

/**
 * A page elsewhere can point its own name at 127.0.0.1 and then read our answers as "same origin" (DNS rebinding):
 * only names that are ours are served. On a public address the token does that job, unless names are configured; where it asks
 * for none, addresses do: those an attacker cannot point elsewhere.
 */
export function hostCheck(settings: Settings): (request: FastifyRequest) => void {
  const ours = new Set(
    [settings.host, ...settings.allowedHosts].map((name) => nameOf(name) ?? name.toLowerCase()),
  );
  const exposed = !isLoopback(settings.host) && settings.allowedHosts.length === 0;
  const open = exposed && !settings.insecureNoToken;
  const known = (name: string | undefined): boolean =>
    name !== undefined && (isLoopback(name) || name.endsWith(".localhost") || ours.has(name));
  return (request) => {
    const { host, origin } = request.headers;
    const name = host === undefined ? undefined : nameOf(host);
    if (name === undefined || !(open || known(name) || (exposed && isIpAddress(name))))
      throw new ApiError("forbidden", "The Host header names another server than this one.");
    if (origin === undefined) return;
    const from = URL.canParse(origin) ? new URL(origin) : undefined;
    const same = from !== undefined && from.host === new URL(`http://${host}`).host;
    if (from === undefined || !/^https?:$/.test(from.protocol) || !(same || (!open && known(from.hostname))))
      throw new ApiError("forbidden", "The Origin header names another site than this one.");
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
        styleSrc: ["'self'"],
        // The SQL editor sets the width of a tab in an attribute.
        styleSrcAttr: ["'unsafe-inline'"],
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
