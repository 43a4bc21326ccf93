// What is measured: Hotspan's own drawing, the view it stands in, and the other flame graphs one can put into a page.
import type { Page } from "playwright-core";

export interface Tool {
  readonly name: string;
  readonly what: string;
  readonly format: "hotspan" | "d3" | "flame-chart" | "speedscope";
  /** What one does to zoom: a click on a frame, or the wheel. */
  readonly zoom: "click" | "wheel";
  /** Where the frames are, CSS pixels of a window of 1280 × 900. */
  readonly area: (page: Page) => Promise<Area>;
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const boxOf =
  (selector: string, inset = 0) =>
  async (page: Page): Promise<Area> => {
    const box = await page.locator(selector).first().boundingBox();
    if (box === null) throw new Error(`${selector} has no box`);
    return { ...box, y: box.y + inset, height: Math.min(box.height - inset, 880 - box.y - inset) };
  };

export const tools: readonly Tool[] = [
  { name: "graph", what: "Hotspan, the drawing", format: "hotspan", zoom: "click", area: boxOf("canvas") },
  {
    name: "view",
    what: "Hotspan, drawing, tree and table",
    format: "hotspan",
    zoom: "click",
    area: boxOf("canvas"),
  },
  // Above its frames stand an overview and the time.
  {
    name: "flame-chart",
    what: "flame-chart-js",
    format: "flame-chart",
    zoom: "wheel",
    area: boxOf("canvas", 90),
  },
  {
    name: "speedscope",
    what: "speedscope",
    format: "speedscope",
    zoom: "wheel",
    area: async () => ({ x: 0, y: 170, width: 1270, height: 500 }),
  },
  { name: "d3", what: "d3-flame-graph", format: "d3", zoom: "click", area: boxOf("svg") },
];
