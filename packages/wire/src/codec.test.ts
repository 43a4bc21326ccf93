import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeWindow } from "./decode.ts";
import { encodeWindow } from "./encode.ts";
import { WindowSchema } from "./gen/hotspan/wire/v1/window_pb.ts";
import { arbitraryWindow } from "./testing/arbitrary.ts";
import { toGenerated } from "./testing/generated.ts";

describe("the hand-written codec and the generated one", () => {
  it("write the same bytes", () => {
    fc.assert(
      fc.property(arbitraryWindow(), (window) => {
        const generated = toBinary(WindowSchema, toGenerated(window));
        expect(Buffer.compare(encodeWindow(window), generated)).toBe(0);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("read each other's bytes", () => {
    fc.assert(
      fc.property(arbitraryWindow(), (window) => {
        const generated = toGenerated(window);
        expect(decodeWindow(toBinary(WindowSchema, generated))).toEqual(window);
        expect(fromBinary(WindowSchema, encodeWindow(window))).toEqual(generated);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});
