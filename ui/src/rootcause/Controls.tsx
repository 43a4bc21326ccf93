import { useQuery } from "@tanstack/react-query";
import type { Side } from "../api/ledger-types.ts";
import { lookBackOf } from "../api/look-back.ts";
import { operationsQuery, servicesQuery } from "../api/queries.ts";
import { useNow } from "../lib/now.ts";
import { timeRange } from "../state/range.ts";
import { compact } from "../state/raw.ts";
import {
  baselineSide,
  defaultBaseline,
  defaultSlow,
  type RootCauseState,
  slowSide,
} from "../state/root-cause.ts";
import { sideText } from "../state/side.ts";
import { SideControl } from "./SideControl.tsx";

const slowSides: readonly Side[] = [{ percentile: 90 }, defaultSlow, { percentile: 99 }];
const baselineSides: readonly Side[] = [defaultBaseline, { percentile: [0, 50] }, { percentile: [0, 90] }];

export function Controls(props: {
  readonly state: RootCauseState;
  readonly onChange: (state: RootCauseState) => void;
}) {
  const { state } = props;
  const set = (change: Partial<RootCauseState>): void => props.onChange(compact({ ...state, ...change }));
  const now = useNow();
  const lookBack = lookBackOf(timeRange(state, now), now);
  const services = useQuery(servicesQuery(lookBack));
  const operations = useQuery(operationsQuery(state.service, lookBack));
  const names = (list: readonly string[], chosen: string | undefined): readonly string[] =>
    [...new Set(chosen === undefined ? list : [...list, chosen])].sort();
  const versions = services.data?.find((one) => one.name === state.service)?.versions ?? [];
  return (
    <div className="filters" role="group" aria-label="What is compared">
      <label className="field">
        <span>Service</span>
        <select
          value={state.service ?? ""}
          onChange={(event) =>
            set({ service: event.target.value || undefined, operation: undefined, endpoint: undefined })
          }
        >
          {state.service === undefined && <option value="">choose</option>}
          {names(services.data?.map((one) => one.name) ?? [], state.service).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{state.endpoint === undefined ? "Operation" : "Endpoint"}</span>
        <select
          value={state.operation ?? state.endpoint ?? ""}
          disabled={state.service === undefined}
          title={state.service === undefined ? "Choose a service first" : undefined}
          onChange={(event) => set({ operation: event.target.value || undefined, endpoint: undefined })}
        >
          {state.operation === undefined && state.endpoint === undefined && <option value="">choose</option>}
          {names(operations.data?.map((one) => one.name) ?? [], state.operation ?? state.endpoint).map(
            (name) => (
              <option key={name}>{name}</option>
            ),
          )}
        </select>
      </label>
      <SideControl
        label="Slow"
        side={slowSide(state)}
        usual={slowSides}
        versions={versions}
        onChange={(side) => set({ slow: otherThan(defaultSlow, side) })}
      />
      <SideControl
        label="Baseline"
        side={baselineSide(state)}
        usual={baselineSides}
        versions={versions}
        onChange={(side) => set({ baseline: otherThan(defaultBaseline, side) })}
      />
    </div>
  );
}

function otherThan(usual: Side, side: Side): string | undefined {
  const text = sideText(side);
  return text === sideText(usual) ? undefined : text;
}
