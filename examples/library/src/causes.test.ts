import { expect, test } from "vitest";
import { documentsOf, findCitations } from "./causes/capitals.js";
import { Kept, rankTitles } from "./causes/stampede.js";
import { compileTemplate, renderPage } from "./causes/templates.js";
import { moments } from "./load.js";
import { planted } from "./settings.js";

test("LIBRARY_CAUSES names causes, none of them, or by default all", () => {
  expect([...planted("")]).toEqual(
    expect.arrayContaining(["access-log", "capitals", "stampede", "templates"]),
  );
  expect([...planted("stampede, templates")]).toEqual(["stampede", "templates"]);
  expect(planted("none").size).toBe(0);
  expect(() => planted("stampde")).toThrow(/unknown cause "stampde"/);
});

test("capitals: citations are found; only notaries' headings cost", () => {
  expect(findCitations("see HRR (1931) and B.G.B.L. (1999), not Smith (2001)")).toEqual([
    "HRR (1931)",
    "B.G.B.L. (1999)",
  ]);
  const cpu = (tenant: string): number => {
    const documents = documentsOf(1, tenant, tenant === "notary") as { text: string }[];
    const before = process.threadCpuUsage();
    for (const { text } of documents) findCitations(text);
    const { user, system } = process.threadCpuUsage(before);
    return user + system;
  };
  cpu("city");
  expect(cpu("notary")).toBeGreaterThan(20 * cpu("city"));
});

test("stampede: who misses together computes together, unless the value is shared", async () => {
  for (const shared of [false, true]) {
    let computed = 0;
    const kept = new Kept(async () => {
      computed++;
      await Promise.resolve();
      return computed;
    }, shared);
    await Promise.all(Array.from({ length: 8 }, () => kept.get()));
    expect(computed).toBe(shared ? 1 : 8);
    await kept.get();
    expect(computed).toBe(shared ? 1 : 8);
  }
  expect(rankTitles(["über", "gar", "früh"])).toEqual(["früh", "gar", "über"]);
});

test("templates: a page is rendered, its partials are not", () => {
  const template = compileTemplate(
    "{{def a}}never{{end}}{{if title}}<h1>{{title}}</h1>{{end}}{{each line}}<p>{{line}}</p>{{end}}",
  );
  expect(renderPage(template, { title: "T", lines: ["x", "y"] })).toBe("<h1>T</h1><p>x</p><p>y</p>");
});

test("8 % of the searches are the notary's, and readers of the shelf come eight at once", () => {
  const source = moments(1);
  const all = Array.from({ length: 20_000 }, () => source.next().value as { line: string; paths: string[] });
  const searches = all.filter(({ line }) => line.startsWith("search"));
  const notary = searches.filter(({ line }) => line.endsWith("[notary]"));
  expect(Math.abs(notary.length / searches.length - 0.08)).toBeLessThan(0.01);
  expect(all.filter(({ line }) => line === "shelf").every(({ paths }) => paths.length === 8)).toBe(true);
  const again = moments(1);
  expect(Array.from({ length: 20 }, () => again.next().value)).toEqual(all.slice(0, 20));
});
