// All that shows a profile on a page: drawing, read-out, tree and table.
import "../../../ui/src/tokens.css";
import "../../../ui/src/styles/base.css";
import "../../../ui/src/styles/controls.css";
import "../../../ui/src/styles/tables.css";
import { createElement, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import type { Profile } from "@hotspan/query-api/types";
import { FlameView, type FlameViewState } from "../../../ui/src/flamegraph/FlameView.tsx";
import { buildTree } from "../../../ui/src/flamegraph/tree.ts";
import { afterInput, drawnBoxes, untilDrawn, untilRest, watchDocument, watchDrawing } from "./stopwatch.ts";

watchDrawing();
watchDocument();
window.afterInput = afterInput;

function View({ profile, draft }: { readonly profile: Profile; readonly draft?: string }) {
  const [state, setState] = useState<FlameViewState>({});
  const tree = useMemo(() => buildTree(profile), [profile]);
  const whole = useMemo(() => ({ value: profile.total, words: "all" }), [profile]);
  return createElement(FlameView, {
    tree,
    state,
    ownName: "bench",
    whole,
    draft,
    set: (change) => setState((before) => ({ ...before, ...change })),
    onHighlight: () => {},
  });
}

const root = createRoot(document.getElementById("root") as HTMLElement);
let profile: Profile;
window.firstFrame = () =>
  untilDrawn(
    () => {
      profile = JSON.parse(window.profileText) as Profile;
      root.render(createElement(View, { profile }));
    },
    { done: () => drawnBoxes() > 0 },
  );
window.search = (draft) =>
  untilRest(() => flushSync(() => root.render(createElement(View, { profile, draft }))));
