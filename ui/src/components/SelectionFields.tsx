import { useQuery } from "@tanstack/react-query";
import { lookBackOf } from "../api/look-back.ts";
import { operationsQuery } from "../api/queries.ts";
import { NarrowBar } from "./NarrowBar.tsx";
import { ServiceField } from "./ServiceField.tsx";
import { useKnownValues } from "../api/known-values.ts";
import { useNow } from "../lib/now.ts";
import { withChosen } from "../lib/with-chosen.ts";
import { compact } from "../state/raw.ts";
import type { TimeRange } from "../state/range.ts";
import {
  type ProfileType,
  profileTypes,
  type SelectionState,
  typeOf,
  typeWords,
} from "../state/selection.ts";
import { tookWords } from "../state/took.ts";
import { Chip } from "./Chip.tsx";

/** Which samples: of the profiles, and of what both sides of a comparison have in common. */
export function SelectionFields<S extends SelectionState>(props: {
  readonly state: S;
  readonly range: TimeRange;
  readonly onChange: (state: S) => void;
}) {
  const { state, onChange } = props;
  const set = (change: Partial<SelectionState>): void => onChange(compact({ ...state, ...change }));
  const operations = useQuery(operationsQuery(state.service, lookBackOf(props.range, useNow())));
  const known = useKnownValues(state.service, props.range);
  const endpoints = withChosen(
    (operations.data ?? []).flatMap(({ endpoint }) => (endpoint === null ? [] : [endpoint])),
    state.endpoint,
  );
  const took = tookWords(state);
  return (
    <>
      <ServiceField
        service={state.service}
        range={props.range}
        onChange={(name) =>
          // Nothing of one service is a name in another, but time and type are.
          set({
            service: name,
            endpoint: undefined,
            operation: undefined,
            version: undefined,
            instance: undefined,
            thread: undefined,
            label: undefined,
            minMs: undefined,
            maxMs: undefined,
          })
        }
      />
      <label className="field">
        <span>Endpoint</span>
        <select
          value={state.endpoint ?? ""}
          disabled={state.service === undefined}
          title={state.service === undefined ? "Choose a service first" : undefined}
          onChange={(event) => set({ endpoint: event.target.value || undefined, operation: undefined })}
        >
          <option value="">all</option>
          {endpoints.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>Type</span>
        <select
          value={typeOf(state)}
          onChange={(event) =>
            set({
              type: event.target.value === "cpu" ? undefined : (event.target.value as typeof state.type),
            })
          }
        >
          {profileTypes.map((type: ProfileType) => (
            <option key={type} value={type}>
              {typeWords[type]}
            </option>
          ))}
        </select>
      </label>
      {state.operation !== undefined && (
        <Chip words={`span ${state.operation}`} onRemove={() => set({ operation: undefined })} />
      )}
      {took !== undefined && (
        <Chip words={`requests ${took}`} onRemove={() => set({ minMs: undefined, maxMs: undefined })} />
      )}
      <NarrowBar state={state} known={known} onChange={(next) => onChange(compact(next))} />
    </>
  );
}
