import { useQuery } from "@tanstack/react-query";
import { lookBackOf } from "../api/look-back.ts";
import { servicesQuery } from "../api/queries.ts";
import { useNow } from "../lib/now.ts";
import { withChosen } from "../lib/with-chosen.ts";
import type { TimeRange } from "../state/range.ts";

/** A service of the range in force, of the last day at least, or all of them. */
export function ServiceField(props: {
  readonly service: string | undefined;
  readonly range?: TimeRange;
  readonly onChange: (service: string | undefined) => void;
}) {
  const { service, range, onChange } = props;
  const now = useNow();
  const services = useQuery(servicesQuery(range === undefined ? "day" : lookBackOf(range, now)));
  const names = withChosen(
    (services.data ?? []).map(({ name }) => name),
    service,
  );
  return (
    <label className="field">
      <span>Service</span>
      <select value={service ?? ""} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">all</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
