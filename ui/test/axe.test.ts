// axe finds nothing on any page, and no page is wider than the window.
import { AxeBuilder } from "@axe-core/playwright";
import { describe, expect, test } from "vitest";
import { cause, open, range, shows, span, withPages } from "./pages.ts";
import { bigTraceId, spanId, traceId } from "./story.ts";

withPages();

describe.concurrent("axe finds nothing", () => {
  const pages: readonly (readonly [name: string, path: string, text: string])[] = [
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
    ["table view", `${span}?view=table`, "reviveDate"],
    ["no profile", `trace/${traceId}/span/00000000000000a6`, "is shorter than the sampling interval"],
    ["first run", "start", "npx hotspan run"],
    ["SQL", "sql", "Hottest functions"],
    ["fleet", "fleet", "Not its turn"],
    ["unknown address", "nowhere", "no page at this address"],
  ];
  for (const [name, path, text] of pages) {
    const looks = /^(search|trace|span|root cause|fleet)$/.test(name)
      ? [{}, { dark: true }, { width: 390 }]
      : [{}];
    for (const look of looks) {
      test(`${name}${"dark" in look ? ", dark" : "width" in look ? ", 390 px" : ""}`, async () => {
        const page = await open(path, look);
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
