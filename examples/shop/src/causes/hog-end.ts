// Planted cause `hog-end`: something else computes while the answer arrives.
//
// - where: checkout. `GET /pickup/{id}` waits 250 ms for a carrier; 190 ms into it comes `POST /labels` → `renderLabels`,
//   120 ms of CPU, so the answer lies there for ~60 ms before anybody reads it
// - share: every pickup
// - truth: ~60 ms of `loop.held`, blamed on `POST /labels` · `renderLabels`; the rest is `wait.child`
import { workFor } from "../shared/budget.ts";

/** After the start of the pickup's request, as the load plans it. */
export const LABELS_AFTER_MS = 190;
export const LABELS_MS = { planted: 120, otherwise: 1 } as const;

/** Code 39: nine bars and gaps a character, wide ones as two modules. */
function bars(text: string): string {
  let modules = "";
  for (const character of `*${text}*`) {
    const pattern = (character.charCodeAt(0) * 2654435761) >>> 23;
    for (let bar = 0; bar < 9; bar++) {
      modules += (bar % 2 === 0 ? "1" : "0").repeat(((pattern >> bar) & 1) + 1);
    }
    modules += "0";
  }
  return modules;
}

/** Draws parcel labels for `budgetMs`. */
export function renderLabels(budgetMs: number): { readonly labels: number; readonly modules: number } {
  let modules = 0;
  const labels = workFor(budgetMs, (n) => {
    for (let line = 0; line < 20; line++) modules += bars(`PARCEL-${n}-${line}`).length;
  });
  return { labels, modules };
}
