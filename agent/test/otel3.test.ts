import { join } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { fixture } from "./support/fixture.ts";
import { Receiver } from "./support/receiver.ts";
import { registerCommonJs, registerModule } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

// A tree of its own: 3.x beside 2.x in one would break both.
const folder = fixture("otel3");

test.skipIf(folder === undefined).for([
  { how: "--import", module: registerModule },
  { how: "--require", module: registerCommonJs },
])(
  "an application under OpenTelemetry 3.x, in ES modules, is profiled by its spans: $how",
  async (preload) => {
    const receiver = await Receiver.start();
    const { code, stdout, stderr } = await runNode(
      [preload.how, preload.module, join(folder ?? "", "server.mjs")],
      {
        HOTSPAN_ENDPOINT: receiver.url,
        OTEL_METRICS_EXPORTER: "none",
      },
    ).ended;
    await receiver.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const spans = JSON.parse(stdout) as {
      name: string;
      attributes: object;
      traceId: string;
      spanId: string;
    }[];
    const [window = expect.unreachable()] = receiver.windows;
    for (const span of spans)
      expect(span.attributes).toMatchObject({ "hotspan.instance": window.header.instance, "thread.id": 0 });
    expect(window.header.resource["service.name"]).toBe("otel3");
    let labelled = 0;
    for (const each of receiver.windows)
      for (const [index, stack] of tickStacks(each).entries()) {
        const label = each.labels[(each.ticks.label[index] as number) - 1];
        if (!stack.includes("spin") || label === undefined) continue;
        labelled++;
        const root = spans.find(({ spanId }) => spanId === label.localRootId);
        expect(spans.find(({ spanId }) => spanId === label.spanId)?.traceId).toBe(label.traceId);
        expect(root?.name).toBe("GET");
        expect(label.endpoint).toBe("GET /jobs/:id");
      }
    expect(labelled).toBeGreaterThan(20);
  },
);
