import "./first-run.css";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { firstProfileQuery, servicesQuery } from "../api/queries.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { Failed } from "../components/Failed.tsx";
import { useClock } from "../lib/useClock.ts";
import { refreshNow } from "../lib/now.ts";
import { ingestOf } from "./ingest.ts";
import { progressOf, type Stage } from "./progress.ts";

const ingest = ingestOf(location.hostname);
const order: readonly Stage[] = ["no_spans", "no_samples", "profiled"];

/** How to attach the agent, with checks that watch the data arrive. Opens the first profiled span by itself. */
export function FirstRun(props: { readonly stay?: boolean }) {
  const services = useQuery({ ...servicesQuery("hour"), refetchInterval: 2_000, meta: { quiet: true } });
  const now = useClock(2_000);
  const progress = progressOf(services.data ?? [], now);
  const reached = order.indexOf(progress.stage);
  const openFirst = props.stay !== true && progress.stage === "profiled";
  const first = useQuery({
    ...firstProfileQuery(),
    enabled: openFirst,
    refetchInterval: 2_000,
    meta: { quiet: true },
  });

  const navigate = useNavigate();
  const opened = useRef(false);
  const target = first.data ?? undefined;
  useEffect(() => {
    if (target === undefined || opened.current) return;
    opened.current = true;
    refreshNow();
    void navigate({ to: "/trace/$traceId/span/$spanId", params: target });
  }, [target, navigate]);

  // One step is the present one: attaching the agent, until spans say that it is.
  const mark = (step: number): "done" | "now" | "later" =>
    reached >= step ? "done" : reached > 0 && reached === step - 1 ? "now" : "later";
  return (
    <div className="first">
      <h1 className="sentence" aria-live="polite">
        {progress.heading}
      </h1>
      <p className="muted">
        Any service on Node.js 22.15 or later. The agent is one more option of its command; the code does not
        change.
      </p>
      {services.isError && (
        <section>
          <Failed
            what="The checks could not run"
            error={services.error}
            onRetry={() => void services.refetch()}
          />
        </section>
      )}
      <section className="near">
        <ol className="way">
          <Step state={services.isError ? "later" : "done"} title="Hotspan is up">
            <p className="muted">
              {ingest.sure ? (
                <>
                  Listening for spans and samples on <code>{ingest.url}</code>, unless it was started with
                  another port.
                </>
              ) : (
                <>
                  Spans and samples go to <code>{ingest.url}</code>, unless it was started with another port
                  or stands behind a proxy. Check from where the program runs:{" "}
                  <code>{`curl -i ${ingest.url}`}</code> is answered, whatever the status.
                </>
              )}
            </p>
          </Step>
          <Step state={reached > 0 ? "done" : "now"} title="Attach the agent">
            {ingest.sure && (
              <>
                <p className="muted">On this machine:</p>
                <Command text="npx hotspan run -- node app.js" />
              </>
            )}
            <p className="muted next">
              {ingest.sure ? "Anywhere else, a" : "A"} program that has an OpenTelemetry SDK already; samples
              are added to its spans:
            </p>
            <Command text="npm install @hotspan/agent" />
            <Command
              text={`OTEL_EXPORTER_OTLP_ENDPOINT=${ingest.url} NODE_OPTIONS="--import @hotspan/agent/register" node app.js`}
            />
            <p className="muted next">A program that has none; spans and samples come of the same option:</p>
            <Command text="npm install @hotspan/agent @opentelemetry/auto-instrumentations-node" />
            <Command
              text={`OTEL_SERVICE_NAME=checkout HOTSPAN_ENDPOINT=${ingest.url} NODE_OPTIONS="--import @hotspan/agent/auto" node app.js`}
            />
            <p className="note">
              A <code>NodeSDK</code> of your own can also take one more span processor, <code>hotspan()</code>{" "}
              from <code>@hotspan/agent</code>, instead of the option. Where a Collector has the spans, let it
              pass them on, and set <code>HOTSPAN_ENDPOINT</code> for the samples. No service at hand?{" "}
              <code>npx hotspan demo</code> starts four.
            </p>
          </Step>
          <Step state={mark(1)} title="Spans arrive" live>
            <p className="muted">{progress.spans}</p>
          </Step>
          <Step state={mark(2)} title="Samples arrive" live>
            <p className="muted">{progress.samples}</p>
          </Step>
          <Step
            state={reached === 2 ? (target === undefined && props.stay !== true ? "now" : "done") : "later"}
            title="First span with a profile"
            live
          >
            <p className="muted">
              {props.stay === true && reached === 2 ? (
                <Link to="/" search={{ profiled: true }}>
                  Traces with a profile
                </Link>
              ) : (
                <>
                  Opens by itself. After 60 s without one, run <code>npx hotspan doctor</code>.
                </>
              )}
            </p>
          </Step>
        </ol>
        {reached > 0 && (
          <p className="note">
            <Link to="/" search={{ range: "24h" }} onClick={refreshNow}>
              Search the traces received so far
            </Link>
          </p>
        )}
      </section>
    </div>
  );
}

function Step(props: {
  readonly state: "done" | "now" | "later";
  readonly title: string;
  readonly live?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <li className={props.state} aria-current={props.state === "now" ? "step" : undefined}>
      <span className="dot" aria-hidden="true">
        {props.state === "done" ? "✓" : ""}
      </span>
      <div role={props.live === true ? "status" : undefined}>
        <h2>
          {props.title}
          <span className="vh">
            {props.state === "done" ? ": done" : props.state === "now" ? ": waiting" : ""}
          </span>
        </h2>
        {props.children}
      </div>
    </li>
  );
}

function Command(props: { readonly text: string }) {
  return (
    <div className="cmd">
      {/* Scrolls sideways where it is narrow, so it must be reachable by keyboard. */}
      <code tabIndex={0} role="textbox" aria-readonly="true" aria-label="Command">
        {props.text}
      </code>
      <CopyButton text={() => props.text} label={`Copy: ${props.text}`}>
        Copy
      </CopyButton>
    </div>
  );
}
