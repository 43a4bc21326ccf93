import { FlameChart } from "flame-chart-js";
import { afterInput, untilDrawn, watchDocument, watchDrawing } from "./stopwatch.ts";

watchDrawing();
watchDocument();
window.afterInput = afterInput;
const canvas = document.createElement("canvas");
canvas.width = 1240;
canvas.height = 660;
document.getElementById("root")?.append(canvas);
window.firstFrame = () =>
  untilDrawn(() => {
    const data: unknown = JSON.parse(window.profileText);
    new FlameChart({ canvas, data });
  });
