// Planted cause `key-derivation`: synchronous cryptography in a request handler.
//
// - where: accounts, `POST /login` → `verifyPassword` → `pbkdf2Sync`
// - share: 10 % of the logins: accounts whose password was set after the cost was raised
// - truth: ~150 ms of CPU in native code under the handler (`cpu.self`), against 1 ms for the other logins
import { pbkdf2Sync, timingSafeEqual } from "node:crypto";
import type { Family } from "../shared/family.ts";

export const ACCOUNTS: Family = { prefix: "a", size: 200, heavy: 20, share: 0.1 };
export const ITERATIONS = { old: 2000, raised: 270_000 } as const;

export interface StoredPassword {
  readonly salt: string;
  readonly iterations: number;
  readonly key: Buffer;
}

const derive = (password: string, salt: string, iterations: number): Buffer =>
  pbkdf2Sync(password, salt, iterations, 32, "sha512");

export function storePassword(password: string, salt: string, iterations: number): StoredPassword {
  return { salt, iterations, key: derive(password, salt, iterations) };
}

export function verifyPassword(password: string, stored: StoredPassword): boolean {
  return timingSafeEqual(derive(password, stored.salt, stored.iterations), stored.key);
}
