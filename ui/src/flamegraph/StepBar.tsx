import { readStep, shortName, stepText, stepWords } from "./transform/step.ts";

/** The transforms in force, in their order: each can be taken back, alone or with all that follow it. */
export function StepBar(props: {
  readonly steps: readonly string[];
  /** The function whose callers and callees are shown. */
  readonly sandwich: string | undefined;
  readonly onSteps: (steps: readonly string[]) => void;
  readonly onSandwich: (key: string | undefined) => void;
}) {
  const { steps, sandwich } = props;
  if (steps.length === 0 && sandwich === undefined) return null;
  const until = (count: number): void => {
    props.onSandwich(undefined);
    props.onSteps(steps.slice(0, count));
  };
  return (
    <nav className="steps" aria-label="Transforms">
      <ol>
        <li>
          <button type="button" className="link" onClick={() => until(0)}>
            All frames
          </button>
        </li>
        {steps.map((text, index) => {
          const step = readStep(text);
          if (step === undefined) return null;
          const { verb, what } = stepWords(step);
          const isLast = index === steps.length - 1 && sandwich === undefined;
          return (
            <li key={stepText(step)}>
              <button
                type="button"
                className={isLast ? "plain" : "link"}
                aria-current={isLast ? "step" : undefined}
                title={step.of}
                onClick={() => until(index + 1)}
              >
                {verb} <b>{what}</b>
              </button>
              <button
                type="button"
                className="undo"
                aria-label={`Undo ${verb} ${what}`}
                onClick={() => props.onSteps(steps.filter((_, other) => other !== index))}
              >
                ×
              </button>
            </li>
          );
        })}
        {sandwich !== undefined && (
          <li>
            <span aria-current="step" title={sandwich}>
              callers and callees of <b>{shortName(sandwich)}</b>
            </span>
            <button
              type="button"
              className="undo"
              aria-label="Close callers and callees"
              onClick={() => props.onSandwich(undefined)}
            >
              ×
            </button>
          </li>
        )}
      </ol>
    </nav>
  );
}
