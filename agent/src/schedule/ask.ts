import { describe } from "../log.ts";
import { withoutTracing } from "../otel/suppress.ts";
import { makePool, requestUnref, type Route } from "../transport/route.ts";
import { type Answer, readAnswer } from "./answer.ts";

export type Asked =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** Whoever is there knows no schedules: a plain Collector, an older correlator. */
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

const TIMEOUT_MILLIS = 3000;
const MAX_BYTES = 16_384;

/** One GET on a connection of its own: between two there is nothing open. Never rejects, never keeps the process alive. */
export function ask(url: URL, token: string | undefined, route: Route): Promise<Asked> {
  return new Promise((resolve) => {
    const failed = (error: unknown): void => resolve({ kind: "failed", reason: describe(error) });
    try {
      withoutTracing(() => {
        const pool = makePool(url, route, false);
        const request = requestUnref(url, {
          agent: pool,
          headers: {
            accept: "application/json",
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
        });
        const timer = setTimeout(
          () => request.destroy(new Error(`no answer within ${TIMEOUT_MILLIS} ms`)),
          TIMEOUT_MILLIS,
        ).unref();
        request.on("error", failed);
        request.on("close", () => {
          clearTimeout(timer);
          pool.destroy();
        });
        request.on("response", (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (text: string) => {
            if ((body += text).length > MAX_BYTES) request.destroy(new Error("the answer is too long"));
          });
          response.on("error", failed);
          response.on("end", () => resolve(judge(response.statusCode ?? 0, body)));
        });
        request.end();
      });
    } catch (error) {
      failed(error);
    }
  });
}

function judge(status: number, body: string): Asked {
  const reason = `HTTP ${status}`;
  if (status === 404 || status === 405) return { kind: "absent", reason };
  if (status !== 200) return { kind: "failed", reason };
  const answer = readAnswer(body);
  return answer === undefined
    ? { kind: "absent", reason: "the answer is no schedule" }
    : { kind: "answer", answer };
}
