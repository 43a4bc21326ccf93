/**
 * What a token lets its bearer do. None includes another.
 *
 * - `ingest`: send profiles and spans, and ask when to sample: agents and Collectors.
 * - `read`: traces, profiles, ledgers, comparisons: people in the UI, `hotspan why`.
 * - `sql`: statements of one's own (`POST /sql`), which read everything that is stored.
 * - `admin`: delete data, have services sampled on demand.
 */
export const SCOPES = ["ingest", "read", "sql", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

export const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);
