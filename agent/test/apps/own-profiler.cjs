// What a profiler of another vendor does, with the copy of the sampler that npm shares between them.
require("@datadog/pprof").time.start({ intervalMicros: 10_000, durationMillis: 60_000 });
