import { expect, test } from "vitest";
import { ingestOf } from "./ingest.ts";

test("on this machine samples are sent to it, from a shared server to that server", () => {
  for (const here of ["localhost", "127.0.0.1", "127.8.0.1", "[::1]", "hotspan.localhost"])
    expect(ingestOf(here)).toEqual({ url: "http://127.0.0.1:4318", sure: true });
  expect(ingestOf("hotspan.example.org")).toEqual({ url: "http://hotspan.example.org:4318", sure: false });
  expect(ingestOf("[2001:db8::7]")).toEqual({ url: "http://[2001:db8::7]:4318", sure: false });
  expect(ingestOf("127.0.0.1.example.org").sure).toBe(false);
});
