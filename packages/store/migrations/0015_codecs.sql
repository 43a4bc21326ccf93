-- Figures of ticks take 9 to 14 bits each, in columns of 32 and 64. T64 leaves out the bits that no value of a block needs, and GCD
-- divides by what all of them are multiples of: whole microseconds in ns, half ones for weights. Before ZSTD they save a fifth, and what
-- is left is nearly what chance alone makes of them (docs/storage.md). New parts have it, and old ones as they are merged.
ALTER TABLE {db}.profile_samples
  MODIFY COLUMN IF EXISTS Value CODEC(GCD, T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS CpuNano CODEC(GCD, T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS SpanId CODEC(ZSTD(3));
ALTER TABLE {db}.profile_samples_slow
  MODIFY COLUMN IF EXISTS Value CODEC(GCD, T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS CpuNano CODEC(GCD, T64, ZSTD(1));
ALTER TABLE {db}.profile_windows
  MODIFY COLUMN IF EXISTS TickDelta CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS TickCpu CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS TickLabel CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS TickStack CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS TurnDelta CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS TurnBusy CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS TurnLabel CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS ResumeDelta CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS ResumeLabel CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS ResumeLate CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS RunDelayDelta CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS RunDelaySpan CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS RunDelay CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS StackHashes CODEC(ZSTD(3));
-- In the order of traces, times are chance: a difference takes as many bits as they do.
ALTER TABLE {db}.profile_traces
  MODIFY COLUMN IF EXISTS Start CODEC(T64, ZSTD(1)),
  MODIFY COLUMN IF EXISTS End CODEC(T64, ZSTD(1));
