/**
 * Scrolling through a trace of 12,000 spans in the built pages: how long frames take, by the browser's own account of long
 * ones, and the CPU of the page's main thread per frame.
 *
 *     node --conditions=hotspan-source bench/ui/waterfall.ts [--rounds 5]
 *
 * A minute; needs `npm run build`.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "../../ui/test/browser.ts";
import { serveStory } from "../../ui/test/server.ts";
import { bigTraceId } from "../../ui/test/story.ts";
import { median, quantile } from "../overhead/statistics.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const steps = 120;
const limitMillis = 50;

interface Scroll {
  /** Between the starts of frames, milliseconds. */
  readonly frames: readonly number[];
  /** Frames that the browser reports as long: over 50 ms from start to end. */
  readonly long: readonly number[];
  readonly cpuPerFrame: number;
}

const story = await serveStory();
const browser = await openBrowser();
const scrolls: Scroll[] = [];
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const cpu = async (): Promise<number> => {
      const { metrics } = await session.send("Performance.getMetrics");
      return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
    };
    await page.goto(`${story.url}trace/${bigTraceId}`);
    await page.getByRole("treegrid", { name: "Spans of the trace" }).waitFor();
    await page.waitForTimeout(1000);
    await page.mouse.move(600, 500);
    await page.evaluate(() => {
      const seen = { frames: [] as number[], long: [] as number[], running: true };
      Object.assign(window, { seen });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.long.push(entry.duration);
      }).observe({ type: "long-animation-frame" });
      let before = performance.now();
      const tick = (now: number): void => {
        seen.frames.push(now - before);
        before = now;
        if (seen.running) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    const begun = await cpu();
    for (let step = 0; step < steps; step++) {
      // Slow reading, then large jumps.
      await page.mouse.wheel(0, step < steps / 2 ? 90 : 2400);
      await page.waitForTimeout(16);
    }
    const used = (await cpu()) - begun;
    const seen = await page.evaluate(() => {
      const { seen: all } = window as unknown as {
        seen: { frames: number[]; long: number[]; running: boolean };
      };
      all.running = false;
      return { frames: all.frames.slice(1), long: all.long, scrolled: scrollY };
    });
    if (seen.scrolled < 50_000) throw new Error(`scrolled only to ${seen.scrolled}`);
    scrolls.push({ ...seen, cpuPerFrame: used / seen.frames.length });
    console.log(
      round,
      seen.frames.length,
      "frames, long",
      seen.long.map(Math.round),
      (used / seen.frames.length).toFixed(1),
    );
    await page.close();
  }
} finally {
  await browser.close();
  await story.close();
}

const frames = scrolls.flatMap((scroll) => scroll.frames);
const rounded = (value: number): number => Number(value.toFixed(1));
const result = {
  node: process.versions.node,
  cpu: cpus()[0]?.model,
  browser: browser.version(),
  spans: 12_000,
  rounds: scrolls.length,
  unit: "ms",
  frame: {
    p50: rounded(median(frames)),
    p95: rounded(quantile(frames, 0.95)),
    p99: rounded(quantile(frames, 0.99)),
  },
  /** Of all frames, those over the limit. */
  over50: rounded((100 * frames.filter((one) => one > limitMillis).length) / frames.length),
  longFramesPerRound: rounded(median(scrolls.map(({ long }) => long.length))),
  cpuPerFrame: rounded(median(scrolls.map(({ cpuPerFrame }) => cpuPerFrame))),
};
console.log(JSON.stringify(result, undefined, 2));
writeFileSync(
  join(import.meta.dirname, "../results/ui-waterfall.json"),
  `${JSON.stringify(result, undefined, 2)}\n`,
);
