import { subscribe, unsubscribe } from "node:diagnostics_channel";
import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { TlsFiles } from "@hotspan/wire";
import { readTls, type TlsMaterial } from "./tls.ts";

/** How the correlator is reached over HTTP. */
export interface Route {
  readonly tls: TlsFiles;
  /** `TransportSettings.proxy`. */
  readonly proxy: string | undefined;
}

/** For a pool of connections; plain data, so that a worker thread can have it. */
export interface PoolOptions extends TlsMaterial {
  /** Variables that name a proxy. */
  readonly proxyEnv?: Readonly<Record<string, string>>;
}

const PROXY_VARIABLES = ["http_proxy", "https_proxy", "no_proxy"] as const;

/** Throws if a file cannot be read, or this Node.js cannot use a proxy and was told to. */
export function poolOptions(url: URL, { tls, proxy }: Route): PoolOptions {
  const proxyEnv = proxyVariables(proxy);
  return {
    ...(url.protocol === "https:" ? readTls(tls) : {}),
    ...(proxyEnv === undefined ? {} : { proxyEnv }),
  };
}

export function makePool(url: URL, route: Route, keepAlive: boolean): http.Agent {
  const options = { ...poolOptions(url, route), keepAlive, maxSockets: 1 };
  return url.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
}

/** Of Node.js 22.21 and 24.5 on: `http.Agent` knows how to go through a proxy. */
export class ProxyUnsupported extends Error {}

function proxyVariables(proxy: string | undefined): Record<string, string> | undefined {
  if (proxy === "off") return undefined;
  if (proxy === undefined) {
    // There if the process heeds the variables, however it was told to.
    const { proxyEnv } = (http.globalAgent as { options?: { proxyEnv?: NodeJS.ProcessEnv } }).options ?? {};
    return proxyEnv === undefined ? undefined : picked(proxyEnv);
  }
  if (!process.allowedNodeEnvironmentFlags.has("--use-env-proxy"))
    throw new ProxyUnsupported("HOTSPAN_PROXY needs Node.js 22.21 or 24.5, or newer");
  const variables = picked(process.env);
  return proxy === "env" ? variables : { ...variables, http_proxy: proxy, https_proxy: proxy };
}

function picked(env: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of PROXY_VARIABLES) {
    // Empty is as good as not set.
    const value = env[name] || env[name.toUpperCase()];
    if (value) variables[name] = value;
  }
  return variables;
}

const unref = (message: unknown): void => {
  (message as { socket: Socket }).socket.unref();
};

/**
 * Begins a request that never keeps the process alive. A request tells of its socket only once a proxy has opened the tunnel, so
 * the connection to the proxy is taken from Node's diagnostics channel.
 */
export function requestUnref(url: URL, options: https.RequestOptions): http.ClientRequest {
  subscribe("net.client.socket", unref);
  try {
    const request = (url.protocol === "https:" ? https : http).request(url, options);
    request.on("socket", (socket) => socket.unref());
    return request;
  } finally {
    unsubscribe("net.client.socket", unref);
  }
}
