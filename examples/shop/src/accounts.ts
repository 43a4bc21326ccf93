// accounts: customers, their papers and their pictures.
import { SpanKind } from "@opentelemetry/api";
import { FORM_SIZE, FORMS, formText, packForm } from "./causes/exec-sync.ts";
import { CANDIDATES, READERS, recommend } from "./causes/gc-pressure.ts";
import { ACCOUNTS, ITERATIONS, storePassword, verifyPassword } from "./causes/key-derivation.ts";
import { ConnectionPool, CONNECTIONS, databaseAnswers, QUERY_MS } from "./causes/pool-wait.ts";
import { hashBatch, JOB_ITERATIONS, JOBS, packInvoice, readInvoice } from "./causes/pool-starvation.ts";
import { Posters } from "./causes/poster-client.ts";
import { POSTER_SIZE, POSTERS } from "./causes/worker.ts";
import { type Cause, plantedCauses, shopSeed } from "./shared/config.ts";
import { type Family, members } from "./shared/family.ts";
import { HttpError, type Request, serve } from "./shared/server.ts";
import { attribute, inSpan } from "./shared/tracing.ts";

const seed = shopSeed();
const planted = plantedCauses();

/** Of a family, the id asked for and whether it is one that `cause` makes slow. */
function wanted(
  family: Family,
  cause: Cause,
): (request: Request) => { id: string; n: number; heavy: boolean } {
  const { heavy, light } = members(family, seed);
  const known = new Set([...heavy, ...light]);
  const slow = new Set(planted.has(cause) ? heavy : []);
  return ({ params }) => {
    const id = params["id"] ?? "";
    if (!known.has(id)) throw new HttpError(404, "no such id");
    return { id, n: Number(id.slice(1)), heavy: slow.has(id) };
  };
}

const PASSWORD = "correct horse";
const stored = {
  old: storePassword(PASSWORD, "old salt", ITERATIONS.old),
  raised: storePassword(PASSWORD, "raised salt", ITERATIONS.raised),
};
const account = wanted(ACCOUNTS, "key-derivation");
const reader = wanted(READERS, "gc-pressure");
const form = wanted(FORMS, "exec-sync");
const poster = wanted(POSTERS, "worker");

const formTexts = new Map<string, string>();
for (const [kind, ids] of Object.entries(members(FORMS, seed))) {
  const heavy = kind === "heavy" && planted.has("exec-sync");
  for (const id of ids) formTexts.set(id, formText(seed, id, heavy ? FORM_SIZE.heavy : FORM_SIZE.light));
}

const jobs = planted.has("pool-starvation") ? JOBS.planted : JOBS.otherwise;
const iterations = planted.has("pool-starvation") ? JOB_ITERATIONS.planted : JOB_ITERATIONS.otherwise;
const invoices = new Map(Array.from({ length: 50 }, (_, n) => [`i${n}`, packInvoice(`i${n}`)]));

const connections = new ConnectionPool(CONNECTIONS);
async function query(statement: string, ms: number): Promise<void> {
  await connections.acquire();
  try {
    const attributes = { "db.system.name": "other_sql", "db.query.text": statement };
    await inSpan("SELECT", { kind: SpanKind.CLIENT, attributes }, () => databaseAnswers(ms));
  } finally {
    connections.release();
  }
}
const reportMs = planted.has("pool-wait") ? QUERY_MS.report : QUERY_MS.lightReport;

const posters = new Posters();

serve(
  {
    "POST /login": ({ body }) => {
      const { account: id = "", password = "" } = (body ?? {}) as { account?: string; password?: string };
      const { heavy } = account({ params: { id }, query: new URLSearchParams(), body });
      const cost = heavy ? "raised" : "old";
      attribute("shop.password.cost", cost);
      if (!verifyPassword(password, stored[cost])) throw new HttpError(401, "wrong password");
      return { account: id, cost };
    },
    "GET /recommendations/{id}": (request) => {
      const { n, heavy } = reader(request);
      attribute("shop.history", heavy ? "long" : "short");
      return { products: recommend(n, heavy ? CANDIDATES.heavy : CANDIDATES.light) };
    },
    "POST /import": async ({ body }) => {
      const { batch } = (body ?? {}) as { batch?: string };
      if (typeof batch !== "string") throw new HttpError(400, "batch must be a string");
      return { imported: (await hashBatch(batch, jobs, iterations)).length };
    },
    "GET /invoice/{id}": async ({ params }) => {
      const packed = invoices.get(params["id"] ?? "");
      if (packed === undefined) throw new HttpError(404, "no such invoice");
      return await readInvoice(packed);
    },
    "GET /forms/{id}": (request) => {
      const { id } = form(request);
      const text = formTexts.get(id) ?? "";
      attribute("shop.form.characters", text.length);
      return { id, bytes: packForm(text) };
    },
    "GET /report/{id}": async ({ params }) => {
      await query("SELECT * FROM sales", reportMs);
      return { report: params["id"] };
    },
    "GET /profile/{id}": async ({ params }) => {
      await query("SELECT * FROM profile WHERE id = ?", QUERY_MS.profile);
      return { profile: params["id"] };
    },
    "GET /poster/{id}": async (request) => {
      const { id, heavy } = poster(request);
      attribute("shop.poster", heavy ? "large" : "small");
      const pixels = await posters.draw(heavy ? POSTER_SIZE.heavy : POSTER_SIZE.light);
      return { id, pixels: pixels.length, black: pixels.filter((steps) => steps === 255).length };
    },
  },
  () => posters.close(),
);
