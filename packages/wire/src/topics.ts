/** Kafka topics. The OTLP ones carry the names the Collector's Kafka exporter uses by default. */
export const TOPICS = {
  profiles: "hotspan.profiles.v1",
  spans: "otlp_spans",
  otlpProfiles: "otlp_profiles",
  deadLetters: "hotspan.dlq",
} as const;

/** Headers of a record in `TOPICS.profiles`, and of a `POST /v1/profiles`. All values are text. */
export const HEADERS = {
  /** `1.0`: refused by its major before the body is touched. */
  version: "hotspan-wire-version",
  profileId: "hotspan-profile-id",
  service: "hotspan-service",
  /** `zstd`, `gzip` or `identity`. */
  encoding: "content-encoding",
  /** Absent: a window. `otlp` or `pprof`: a profile without ticks; pprof is of the service in `service`. */
  format: "hotspan-format",
} as const;

/** Content type of a window over HTTP. */
export const WINDOW_CONTENT_TYPE = "application/vnd.hotspan.window+protobuf";

/** Key of a record: all windows of one thread go to one partition, in order. */
export function recordKey(instance: string, threadId: number): string {
  return `${instance}/${threadId}`;
}
