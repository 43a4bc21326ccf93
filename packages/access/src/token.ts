import { createHash, randomBytes } from "node:crypto";

/** Told apart from other secrets by it, by people and by scanners of repositories. */
const PREFIX = "hsp_";

/** 256 random bits: nobody guesses it, so a fast digest of it is as good as a slow one. */
export const newSecret = (): string => PREFIX + randomBytes(32).toString("base64url");

/** Of all digests of equal length, as `timingSafeEqual` wants them. */
export const digestOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
