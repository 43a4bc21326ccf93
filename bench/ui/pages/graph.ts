// The flame graph alone, as the other tools have it.
import "../../../ui/src/tokens.css";
import "../../../ui/src/styles/base.css";
import "../../../ui/src/styles/controls.css";
import "../../../ui/src/flamegraph/flamegraph.css";
import { createElement, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import type { Profile } from "@hotspan/query-api/types";
import { FlameGraph } from "../../../ui/src/flamegraph/FlameGraph.tsx";
import { matchedTotal, matchNodes } from "../../../ui/src/flamegraph/functions.ts";
import { paletteOf } from "../../../ui/src/flamegraph/palette.ts";
import { buildTree } from "../../../ui/src/flamegraph/tree.ts";
import { afterInput, drawnBoxes, untilDrawn, untilRest, watchDocument, watchDrawing } from "./stopwatch.ts";

watchDrawing();
watchDocument();
window.afterInput = afterInput;

function Graph({ profile, pattern }: { readonly profile: Profile; readonly pattern?: string }) {
  const tree = useMemo(() => buildTree(profile), [profile]);
  const palette = useMemo(() => paletteOf(tree, "bench"), [tree]);
  const [zoomed, onZoom] = useState(0);
  const [selected, onSelect] = useState<number>();
  const marks = useMemo(
    () => (pattern === undefined ? undefined : matchNodes(tree, pattern)),
    [tree, pattern],
  );
  const found = useMemo(() => (marks === undefined ? 0 : matchedTotal(tree, marks)), [tree, marks]);
  return createElement(
    "div",
    {},
    createElement(FlameGraph, {
      tree,
      palette,
      zoomed,
      selected,
      marks,
      whole: { value: profile.total, words: "all" },
      onSelect,
      onZoom,
      onBack: () => undefined,
      onHover: () => {},
    }),
    createElement("p", {}, String(found)),
  );
}

const root = createRoot(document.getElementById("root") as HTMLElement);
let profile: Profile;
window.firstFrame = () =>
  untilDrawn(
    () => {
      profile = JSON.parse(window.profileText) as Profile;
      root.render(createElement(Graph, { profile }));
    },
    { done: () => drawnBoxes() > 0 },
  );
window.search = (pattern) =>
  untilRest(() => flushSync(() => root.render(createElement(Graph, { profile, pattern }))));
