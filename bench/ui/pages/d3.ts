import flamegraph from "d3-flame-graph";
import { select } from "d3-selection";
import { afterInput, untilDrawn, untilRest, watchDocument, watchDrawing } from "./stopwatch.ts";

watchDrawing();
watchDocument();
window.afterInput = afterInput;
const details = document.createElement("p");
document.body.append(details);
const chart = flamegraph()
  .width(1240)
  .cellHeight(18)
  .inverted(true)
  // What is narrower than a pixel is left out by every tool here.
  .minFrameSize(1)
  .transitionDuration(0)
  .setDetailsElement(details);
window.firstFrame = () =>
  untilDrawn(() => {
    const data: unknown = JSON.parse(window.profileText);
    select("#root")
      .datum(data)
      .call((selection) => chart(selection));
  });
window.search = (text) => untilRest(() => chart.search(text));
