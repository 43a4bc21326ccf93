// The colour-blind palette holds what tokens.css says of it: simulated vision after Machado, Oliveira and Fernandes (2009).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../src/tokens.css", import.meta.url), "utf8");

type Rgb = readonly [number, number, number];

const visions: Readonly<Record<string, readonly Rgb[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Tokens of the blocks in order of the file; a later one wins, as in the cascade. */
function tokens(...selectors: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const selector of selectors) {
    const block = css.split(`${selector} {`)[1]?.split("}")[0];
    if (block === undefined) throw new Error(`no block ${selector}`);
    for (const [, name = "", value = ""] of block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g))
      found.set(name, value);
  }
  return found;
}

const linear = (colour: string): Rgb => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return [r, g, b];
};

const times = (matrix: readonly Rgb[], [r, g, b]: Rgb): Rgb => {
  const [x = 0, y = 0, z = 0] = matrix
    .map((row) => row[0] * r + row[1] * g + row[2] * b)
    .map((c) => Math.min(1, Math.max(0, c)));
  return [x, y, z];
};

function oklab(rgb: Rgb): Rgb {
  const [l, m, s] = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt) as unknown as Rgb;
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const luminance = (colour: string): number => {
  const [r, g, b] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (a: string, b: string): number => {
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

/** The smallest distance with any kind of vision. */
const apart = (a: string, b: string): number =>
  Math.min(
    ...Object.values(visions).map((matrix) => {
      const [x, y] = [a, b].map((colour) => oklab(times(matrix, linear(colour)))) as [Rgb, Rgb];
      return 100 * Math.hypot(...x.map((v, k) => v - y[k]!));
    }),
  );

describe.each([
  { theme: "light", selectors: [":root", ':root[data-palette="safe"]'] },
  {
    theme: "dark",
    selectors: [':root[data-theme="dark"]', ':root[data-palette="safe"][data-theme="dark"]'],
  },
])("told apart with every kind of vision, $theme:", ({ selectors }) => {
  const all = tokens(...selectors);
  const colour = (name: string): string => all.get(name) ?? "";
  test("packages", () => {
    const colours = ["p-own", "p-runtime", "p-gc", "p-1", "p-2", "p-3", "p-4", "p-5"].map(colour);
    for (const [i, a] of colours.entries()) {
      expect(contrast(a, colour("on-p"))).toBeGreaterThanOrEqual(4.5);
      for (const b of colours.slice(0, i)) expect(apart(a, b)).toBeGreaterThan(9);
    }
  });
  test("what is new from every other change", () => {
    for (const name of ["d-less-2", "d-less-1", "d-same", "d-more-1", "d-more-2", "d-new"]) {
      expect(contrast(colour(name), colour("on-p"))).toBeGreaterThanOrEqual(4.5);
      if (name !== "d-new") expect(apart(colour(name), colour("d-new"))).toBeGreaterThan(11);
    }
  });
});

test("the system's dark theme has the same colours as the one that is chosen", () => {
  expect(tokens(':root[data-palette="safe"]:not([data-theme="light"])')).toEqual(
    tokens(':root[data-palette="safe"][data-theme="dark"]'),
  );
});
