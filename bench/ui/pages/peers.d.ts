// The peers are no part of the workspaces, so neither are their types: what the pages use of them.
declare module "d3-flame-graph" {
  interface Chart {
    (selection: unknown): void;
    width(pixels: number): Chart;
    inverted(yes: boolean): Chart;
    cellHeight(pixels: number): Chart;
    minFrameSize(pixels: number): Chart;
    transitionDuration(milliseconds: number): Chart;
    setDetailsElement(element: HTMLElement): Chart;
    search(text: string): void;
  }
  export default function flamegraph(): Chart;
}
declare module "d3-selection" {
  interface Selection {
    datum(value: unknown): Selection;
    call(draw: (selection: unknown) => void): void;
  }
  export function select(selector: string): Selection;
}
declare module "flame-chart-js" {
  export class FlameChart {
    constructor(options: { canvas: HTMLCanvasElement; data: unknown; settings?: unknown });
  }
}
