// What a service's samples can be narrowed to, to choose from.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { shortId } from "../lib/format.ts";
import { useNow } from "../lib/now.ts";
import type { TimeRange } from "../state/range.ts";
import type { Dimension } from "../state/selection.ts";
import { lookBackOf } from "./look-back.ts";
import { threadsQuery } from "./profile-queries.ts";
import { servicesQuery } from "./queries.ts";
import type { Agent, ServiceInfo } from "./types.ts";

export interface KnownValue {
  readonly value: string;
  readonly words?: string;
}

export type KnownValues = Readonly<Record<Exclude<Dimension, "label">, readonly KnownValue[]>> & {
  readonly label?: readonly KnownValue[];
};

export function useKnownValues(name: string | undefined, range: TimeRange): KnownValues {
  const services = useQuery(servicesQuery(lookBackOf(range, useNow())));
  const threads = useQuery(threadsQuery(name, range));
  return useMemo(
    () =>
      knownValues(
        services.data?.find((one) => one.name === name),
        threads.data ?? [],
      ),
    [services.data, threads.data, name],
  );
}

export function knownValues(
  service: Pick<ServiceInfo, "versions" | "environments" | "zones"> | undefined,
  threads: readonly Pick<Agent, "instance" | "version" | "host" | "thread">[],
): KnownValues {
  const plain = (values: readonly string[] = []): readonly KnownValue[] => values.map((value) => ({ value }));
  const instances = new Map(threads.map(({ instance, version, host }) => [instance, [version, host]]));
  return {
    version: plain(service?.versions),
    environment: plain(service?.environments),
    zone: plain(service?.zones),
    instance: [...instances].map(([value, about]) => ({
      value,
      words: [shortId(value), ...about].filter((one) => one !== "").join(" · "),
    })),
    thread: [...new Set(threads.map(({ thread }) => thread))]
      .toSorted((a, b) => a - b)
      .map((thread) => ({ value: String(thread), words: thread === 0 ? "main thread" : `thread ${thread}` })),
  };
}
