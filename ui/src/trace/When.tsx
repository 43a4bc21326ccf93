import { clockMillis, dayYear, duration } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";
import { localTime } from "./when.ts";

/** When the trace was, in local time, and how long it took; UTC on hover. */
export function When(props: { readonly startUnixNano: string; readonly durationNano: number }) {
  const startMs = toUnixMs(props.startUnixNano);
  return (
    <p className="when">
      <time
        dateTime={new Date(startMs).toISOString()}
        title={`${dayYear(startMs)}, ${clockMillis(startMs)} UTC`}
      >
        {localTime(startMs)}
      </time>
      , {duration(props.durationNano)}
    </p>
  );
}
