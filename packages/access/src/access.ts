import { timingSafeEqual } from "node:crypto";
import { statSync } from "node:fs";
import { type Scope, SCOPES } from "./scopes.ts";
import { digestOf } from "./token.ts";
import { readTokens, type StoredToken } from "./tokens-file.ts";

export interface AccessOptions {
  /** A token with all scopes, as of HOTSPAN_TOKEN. */
  readonly token?: string | undefined;
  /** The file of `hotspan token`; it need not exist. */
  readonly tokensFile?: string | undefined;
  /** Told once for each time the file becomes unreadable, and with undefined when it is well again. */
  readonly onProblem?: ((problem: Error | undefined) => void) | undefined;
  readonly now?: (() => number) | undefined;
}

/** Who sent a request, as far as a token tells. */
export interface Bearer {
  /** Of a token of the file; undefined for the one of HOTSPAN_TOKEN, and where none is asked for. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly scopes: readonly Scope[];
}

/** Why a request may not pass, as an answer to its sender. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly detail: string;
  /** Value of `WWW-Authenticate` (RFC 6750). */
  readonly challenge: string;
}

const REALM = 'Bearer realm="hotspan"';
/** A revoked token passes for so long at most. */
const LOOK_EVERY_MS = 1000;

interface Loaded {
  readonly stamp: string;
  readonly tokens: readonly StoredToken[];
}

/**
 * Judges `Authorization` headers. A token is asked for once one is set or the file is there, and then until the process ends:
 * neither a deleted file nor an expired token opens the door. A file that cannot be read lets none of its tokens pass.
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #now: () => number;
  readonly #master: Buffer | undefined;
  #loaded: Loaded = { stamp: "", tokens: [] };
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #required: boolean;
  #broken = false;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#master = options.token === undefined || options.token === "" ? undefined : digestOf(options.token);
    this.#required = this.#master !== undefined;
  }

  /** Whether requests need a token. */
  get required(): boolean {
    this.#look();
    return this.#required;
  }

  /** Whether some token would pass: with none a public address serves nobody. */
  get usable(): boolean {
    this.#look();
    return this.#master !== undefined || this.#loaded.tokens.some((one) => !this.#expired(one));
  }

  /** Who sent it, or why it may not pass. Where no token is asked for, everybody may do everything. */
  judge(authorization: string | undefined): Bearer | Refusal {
    if (!this.required) return { scopes: SCOPES };
    if (authorization === undefined)
      return { status: 401, detail: "Send a token as `Authorization: Bearer …`.", challenge: REALM };
    const secret = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
    const refused = (detail: string): Refusal => ({
      status: 401,
      detail,
      challenge: `${REALM}, error="invalid_token"`,
    });
    if (secret === undefined) return refused("The Authorization header is no `Bearer …` with a token.");
    const digest = digestOf(secret);
    // The file comes first: a token that stands there is not worth more where it is given as HOTSPAN_TOKEN too.
    const found = this.#loaded.tokens.find(({ sha256 }) =>
      timingSafeEqual(digest, Buffer.from(sha256, "hex")),
    );
    if (found !== undefined) {
      if (this.#expired(found))
        return refused(
          `The token ${found.name} expired on ${new Date(found.expiresAtMs ?? 0).toISOString()}.`,
        );
      return { id: found.id, name: found.name, scopes: found.scopes };
    }
    if (this.#master !== undefined && timingSafeEqual(digest, this.#master)) return { scopes: SCOPES };
    return refused("The token is not known here: it may have been revoked.");
  }

  #expired({ expiresAtMs }: StoredToken): boolean {
    return expiresAtMs !== undefined && expiresAtMs <= this.#now();
  }

  /** Reads the file again when it is another than before. */
  #look(): void {
    const { tokensFile, onProblem } = this.#options;
    const now = performance.now();
    if (tokensFile === undefined || now - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = now;
    try {
      const stat = statSync(tokensFile, { throwIfNoEntry: false, bigint: true });
      const stamp = stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
      if (stamp === this.#loaded.stamp && !this.#broken) return;
      const tokens = readTokens(tokensFile);
      if (tokens !== undefined) this.#required = true;
      this.#loaded = { stamp, tokens: tokens ?? [] };
      if (this.#broken) onProblem?.(undefined);
      this.#broken = false;
    } catch (error) {
      this.#required = true;
      this.#loaded = { stamp: "unreadable", tokens: [] };
      if (!this.#broken) onProblem?.(error as Error);
      this.#broken = true;
    }
  }
}
