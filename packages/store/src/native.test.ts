import { expect, it } from "vitest";
import { NativeWriter } from "./native.ts";

it("writes columns behind each other, each with its name and type", () => {
  const out = new NativeWriter(3, 3);
  out.fixed("n", "UInt32", new Uint32Array([1, 2, 0x01020304]));
  out.strings("s", [
    { text: "ab", rows: 2 },
    { text: "", rows: 1 },
  ]);
  out.lowCardinality("k", ["x", "yz"], new Uint32Array([1, 0, 1]));
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
  const u64 = (value: number): number[] => [value & 0xff, value >> 8, 0, 0, 0, 0, 0, 0];
  expect([...out.view()]).toEqual(
    [
      [3, 3],
      [text("n"), text("UInt32"), [1, 0, 0, 0], [2, 0, 0, 0], [4, 3, 2, 1]],
      [text("s"), text("String"), text("ab"), text("ab"), 0],
      [text("k"), text("LowCardinality(String)"), u64(1), u64(0x602), u64(2), text("x"), text("yz")],
      [u64(3), [1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]],
    ].flat(2),
  );
});
