import { useQuery } from "@tanstack/react-query";
import { servicesQuery } from "../api/queries.ts";
import { withChosen } from "../lib/with-chosen.ts";

/** A service of the last day, or all of them. */
export function ServiceField(props: {
  readonly service: string | undefined;
  readonly onChange: (service: string | undefined) => void;
}) {
  const { service, onChange } = props;
  const services = useQuery(servicesQuery("day"));
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
