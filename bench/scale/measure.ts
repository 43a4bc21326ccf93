import type { ApiProcess } from "./api.ts";
import type { Case } from "./cases.ts";

export interface Figure {
  readonly name: string;
  readonly limitMs: number | undefined;
  readonly questions: number;
  /** Answers that were errors, or nothing; their times count all the same. */
  readonly failed: number;
  readonly cold: Times;
  readonly warm: Times;
}

interface Times {
  readonly p50: number;
  readonly p95: number;
}

/** Cold: each question for the first time. Warm: all of them once more. One after the other. */
export async function measure(api: ApiProcess, { name, limitMs, questions, check }: Case): Promise<Figure> {
  let bad = 0;
  const round = async (): Promise<Times> => {
    const times: number[] = [];
    for (const { path, body } of questions) {
      const { answer, ms } = await api.ask(path, body);
      if (!check(answer)) {
        if (bad++ === 0) console.error(`${name}: ${JSON.stringify(answer).slice(0, 300)}`);
      }
      times.push(ms);
    }
    times.sort((a, b) => a - b);
    const share = (part: number): number =>
      Number((times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN).toFixed(1));
    return { p50: share(0.5), p95: share(0.95) };
  };
  const cold = await round();
  const warm = await round();
  // A span may lie over the edge of what was simulated.
  return { name, limitMs, questions: questions.length, failed: bad, cold, warm };
}
