import { expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { shownConfig } from "./shown-config.ts";

test("neither the token nor credentials in an address are shown", () => {
  const shown = shownConfig(
    readConfig(
      { labels: ["tenant"] },
      { HOTSPAN_TOKEN: "secret1", HOTSPAN_ENDPOINT: "https://me:secret2@h/base" },
    ),
  );
  expect(JSON.stringify(shown)).not.toMatch(/secret/);
  expect(shown).toMatchObject({
    token: "(set)",
    endpoint: "https://h/base",
    budget: "5%,50ms",
    labels: ["tenant"],
  });
});
