import type { ProfilesState } from "../state/profiles.ts";
import { compact } from "../state/raw.ts";
import { narrowsOf, typeOf } from "../state/selection.ts";

/** A selection without samples: why that may be, and the step that most likely helps. */
export function NoSamples(props: {
  readonly state: ProfilesState;
  readonly onChange: (state: ProfilesState) => void;
}) {
  const { state } = props;
  const set = (change: Partial<ProfilesState>): void => props.onChange(compact({ ...state, ...change }));
  const { title, text, step } = unanswerable(state) ?? wordsOf(state);
  return (
    <div className="say" role="status">
      <div>
        <h3>{title}</h3>
        <p className="muted">{text}</p>
      </div>
      {step !== undefined && (
        <span className="end">
          <button type="button" className="btn" onClick={() => set(step.change)}>
            {step.words}
          </button>
        </span>
      )}
    </div>
  );
}

interface Words {
  readonly title: string;
  readonly text: string;
  readonly step?: { readonly words: string; readonly change: Partial<ProfilesState> };
}

/** What a type of profile cannot be narrowed by; undefined: the question has an answer. */
export function unanswerable(state: ProfilesState): Words | undefined {
  const type = typeOf(state);
  const bySpan = { operation: undefined, label: undefined, minMs: undefined, maxMs: undefined };
  const isBySpan =
    state.operation !== undefined ||
    state.label !== undefined ||
    state.minMs !== undefined ||
    state.maxMs !== undefined;
  if (type === "loop_hold" && isBySpan) {
    return {
      title: "Who held the loop is known by endpoint",
      text: "Not by span, label or duration: these do not go with this type.",
      step: { words: "Drop them", change: bySpan },
    };
  }
  if ((type === "heap_inuse" || type === "heap_alloc") && (isBySpan || state.endpoint !== undefined)) {
    return {
      title: "Memory belongs to no request",
      text: "V8 keeps no span with an allocation: endpoint, label and duration do not go with heap profiles.",
      step: { words: "Drop them", change: { ...bySpan, endpoint: undefined } },
    };
  }
  return undefined;
}

export function wordsOf(state: ProfilesState): Words {
  if (state.focus !== undefined || state.show !== undefined) {
    return {
      title: "No samples are left",
      text: "No frame matches the filters. Removing one brings frames back.",
      step: { words: "Remove focus and show", change: { focus: undefined, show: undefined } },
    };
  }
  if (state.selFrom !== undefined) {
    return {
      title: "No samples in this part",
      text: "The chosen part of the range holds none.",
      step: { words: "The whole range", change: { selFrom: undefined, selTo: undefined } },
    };
  }
  const narrowed =
    state.endpoint !== undefined ||
    state.operation !== undefined ||
    state.minMs !== undefined ||
    state.maxMs !== undefined ||
    narrowsOf(state).length > 0;
  if (narrowed) {
    return {
      title: "No samples match",
      text: `${state.service ?? "The service"} may have others in this time.`,
      step: {
        words: `All of ${state.service ?? "the service"}`,
        change: {
          endpoint: undefined,
          operation: undefined,
          minMs: undefined,
          maxMs: undefined,
          version: undefined,
          environment: undefined,
          zone: undefined,
          instance: undefined,
          thread: undefined,
          label: undefined,
        },
      },
    };
  }
  const longer = {
    words: "The last 24 hours",
    change: { range: "24h", from: undefined, to: undefined },
  } as const;
  switch (typeOf(state)) {
    case "cpu":
      return {
        title: "No CPU time was seen",
        text: "Profiles of other profilers may tell of wall time only.",
        step: { words: "Wall time", change: { type: "wall" } },
      };
    case "wall":
      return {
        title: "No samples in this time",
        text: "Either the service ran no code, or its agent sent nothing; Fleet tells which.",
        step: longer,
      };
    case "heap_inuse":
    case "heap_alloc":
      return {
        title: "No heap profiles in this time",
        text:
          state.type === "heap_alloc"
            ? "The agent sends them with HOTSPAN_ALLOCATIONS=on, on Node.js 26 and later."
            : "The agent sends one a minute with HOTSPAN_HEAP=on.",
        step: longer,
      };
    case "loop_hold":
      return {
        title: "Nobody was seen waiting behind this code",
        text: "No turn of the loop held up another span, or the agents keep no journal (HOTSPAN_JOURNAL).",
        step: longer,
      };
  }
}
