// Runs before speedscope's own script, which fetches the profile by the address in the fragment and draws with WebGL.
import { afterInput, drawnBoxes, untilDrawn, watchDocument, watchDrawing } from "./stopwatch.ts";

watchDrawing();
document.addEventListener("DOMContentLoaded", watchDocument);
window.afterInput = afterInput;

window.firstFrame = () =>
  new Promise((resolve) => {
    const native = window.fetch;
    window.fetch = async (...args) => {
      const response = await native(...args);
      // The clock starts when all of the text is here.
      const text = await response.text();
      const before = drawnBoxes();
      void untilDrawn(() => {}, { frames: 3000, done: () => drawnBoxes() > before }).then(resolve);
      return new Response(text);
    };
  });
window.inputTook = window.firstFrame();
