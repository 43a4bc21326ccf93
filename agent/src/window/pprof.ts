import type { Header, Label, Ticks } from "@hotspan/wire";
import { sampleTotals } from "@hotspan/wire";
import * as format from "pprof-format";
import type { RawNode } from "../sampler/native.ts";
import type { TickTable } from "../sampler/ticks.ts";
import type { StackSample } from "./columns.ts";
import type { FileNames } from "./file-names.ts";

export interface PprofInput {
  readonly header: Header;
  readonly ticks: Ticks;
  readonly samples: readonly StackSample[];
  readonly labels: readonly Label[];
  readonly tree: Pick<TickTable, "nodes" | "parents">;
  readonly files: FileNames;
}

const NAME_LENGTH = 1024;

/**
 * An ordinary pprof profile of the window: wall nanoseconds, CPU nanoseconds and count per stack and label set; idle time is
 * not in it. `Line.line` and `column` are where the function starts: V8 interns nodes by function, not by line.
 */
export function buildPprof({ header, ticks, samples, labels, tree, files }: PprofInput): format.Profile {
  const strings = new format.StringTable();
  const locations: format.Location[] = [];
  const functions: format.Function[] = [];
  const locationByKey = new Map<string, number>();
  const locationOfNode = new Map<number, number>();

  const location = (index: number): number => {
    let id = locationOfNode.get(index);
    if (id !== undefined) return id;
    const node = tree.nodes[index] as RawNode;
    const key = `${node.scriptId}:${node.lineNumber}:${node.columnNumber}:${node.name}`;
    id = locationByKey.get(key);
    if (id === undefined) {
      id = locations.length + 1;
      const name = strings.dedup((node.name === "" ? "(anonymous)" : node.name).slice(0, NAME_LENGTH));
      functions.push(
        new format.Function({
          id,
          name,
          systemName: name,
          filename: strings.dedup(files.of(node.scriptName)),
          startLine: node.lineNumber,
        }),
      );
      locations.push(
        new format.Location({
          id,
          line: [{ functionId: id, line: node.lineNumber, column: node.columnNumber }],
        }),
      );
      locationByKey.set(key, id);
    }
    locationOfNode.set(index, id);
    return id;
  };

  const stackOf = (leaf: number): number[] => {
    const stack: number[] = [];
    for (let node = leaf; node >= 0; node = tree.parents[node] as number) stack.push(location(node));
    return stack;
  };

  const thread = new format.Label({
    key: strings.dedup("thread_name"),
    str: strings.dedup(header.threadName),
  });
  const labelSets = labels.map((row) => {
    const set = [thread];
    const add = (key: string, value: string): void => {
      if (value !== "") set.push(new format.Label({ key: strings.dedup(key), str: strings.dedup(value) }));
    };
    add("trace_id", row.traceId);
    add("span_id", row.spanId);
    add("local_root_span_id", row.localRootId);
    add("endpoint", row.endpoint);
    for (const key of Object.keys(row.user)) add(key, row.user[key] as string);
    return set;
  });

  const totals = sampleTotals(ticks, header, samples.length);
  const stacks = new Map<number, number[]>();
  const pprofSamples = samples.map(({ node, label }, index) => {
    let locationId = stacks.get(node);
    if (locationId === undefined) stacks.set(node, (locationId = stackOf(node)));
    return new format.Sample({
      locationId,
      value: [
        totals.wallNanos[index] as number,
        totals.cpuNanos[index] as number,
        totals.ticks[index] as number,
      ],
      label: labelSets[label - 1] ?? [thread],
    });
  });

  const type = (name: string, unit: string): format.ValueType =>
    new format.ValueType({ type: strings.dedup(name), unit: strings.dedup(unit) });
  return new format.Profile({
    sampleType: [type("wall", "nanoseconds"), type("cpu", "nanoseconds"), type("sample", "count")],
    sample: pprofSamples,
    location: locations,
    function: functions,
    stringTable: strings,
    timeNanos: header.start.epochNanos,
    durationNanos: header.end.monotonicNanos - header.start.monotonicNanos,
    periodType: type("wall", "nanoseconds"),
    period: header.periodNanos,
    defaultSampleType: strings.dedup("wall"),
  });
}
