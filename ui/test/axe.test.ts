// axe finds nothing on any page, and no page is wider than the window.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { cause, open, range, shows, span, withPages } from "./pages.ts";
import { bigTraceId, spanId, traceId } from "./story.ts";

withPages();

describe.concurrent("axe finds nothing", () => {
  const pages: readonly (readonly [
    name: string,
    path: string,
    text: string,
    act?: (page: Page) => Promise<void>,
  ])[] = [
    ["search", `?${range}&minMs=620`, "traces so far"],
    ["empty search", `?${range}&service=users`, "No spans match"],
    ["trace", `trace/${traceId}?span=${spanId}&open=true`, "Where it ran"],
    ["trace of 12,000 spans", `trace/${bigTraceId}`, "12,000"],
    ["span", `${span}?highlight=Date`, "ran again at"],
    ["delayed spans", `trace/${traceId}/span/00000000000000a7?delayed=true`, "252.5"],
    ["root cause", `${cause}`, "Own code, other functions"],
    ["root cause to choose", "root-cause", "Choose a service and an operation"],
    [
      "not comparable",
      `root-cause?${range}&service=checkout&operation=redis+GET`,
      "12 slow spans, 20 needed",
    ],
    ["transforms", `${span}?step=focus+/JSON.parse+&order=flame`, "focus on"],
    ["callers and callees", `${span}?sandwich=/JSON.parse+`, "Callers as a tree"],
    ["table view", `${span}?view=table`, "reviveDate"],
    ["no profile", `trace/${traceId}/span/00000000000000a6`, "is shorter than the sampling interval"],
    ["first run", "start", "npx hotspan run"],
    ["profiles", `profiles?${range}&service=checkout&split=instance&highlight=Date`, "c14be0a2"],
    ["callers of a service", `profiles?${range}&service=checkout&sandwich=/JSON.parse%20`, "Callers"],
    ["services", `profiles?${range}`, "checkout uses the most CPU"],
    ["profiles of nothing", `profiles?${range}&service=users`, "No CPU time was seen"],
    [
      "compare",
      `compare?${range}&service=checkout&endpoint=GET+/cart&base=v:1.0.0&other=v:1.1.0`,
      "which now calls reviveDate",
    ],
    ["compare to choose", `compare?${range}&service=checkout`, "The version before"],
    ["not to divide", `compare?${range}&service=cart-store&base=v:1.0.0&other=v:1.1.0`, "Compare shares"],
    ["SQL", "sql", "Hottest functions"],
    [
      "SQL chart",
      "sql?q=SELECT+toStartOfMinute(Timestamp)+AS+time",
      "p95_ms",
      async (page) => {
        await page.getByRole("button", { name: "Chart" }).click();
      },
    ],
    [
      "a saved statement",
      "sql?q=SELECT+7",
      "Rename or delete Sevens",
      async (page) => {
        await page.getByRole("button", { name: "Save", exact: true }).click();
        await page.getByLabel("Name").fill("Sevens");
        await page.getByRole("button", { name: "Save the statement" }).click();
        await page.getByRole("button", { name: "Rename or delete Sevens" }).click();
      },
    ],
    [
      "an attribute that is refused",
      `?${range}`,
      "is not known here",
      async (page) => {
        await page.getByRole("textbox", { name: "Attribute" }).fill("a>=1");
        await page.keyboard.press("Enter");
      },
    ],
    [
      "the menu of a narrow window",
      `?${range}`,
      "traces so far",
      async (page) => {
        await page.setViewportSize({ width: 390, height: 900 });
        await page.getByRole("button", { name: "Menu" }).click();
      },
    ],
    ["fleet", "fleet", "Not its turn"],
    ["unknown address", "nowhere", "no page at this address"],
  ];
  const allLooks =
    /^(search|trace|span|root cause|profiles|services|compare|callers of a service|SQL chart|fleet|callers and callees)$/;
  for (const [name, path, text, act] of pages) {
    const looks = allLooks.test(name) ? [{}, { dark: true }, { width: 390 }] : [{}];
    for (const look of looks) {
      test(`${name}${"dark" in look ? ", dark" : "width" in look ? ", 390 px" : ""}`, async () => {
        const page = await open(path, look);
        await act?.(page);
        await shows(page, text);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes
                .map((node) => node.html)
                .join(" | ")
                .slice(0, 400)}`,
          ),
        ).toEqual([]);
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(sideways).toBeLessThanOrEqual(0);
        await page.context().close();
      });
    }
  }
});
