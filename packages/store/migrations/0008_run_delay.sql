-- How long the thread was ready to run and got no processor: tells a stall from a call that blocks.
ALTER TABLE {db}.profile_windows ADD COLUMN IF NOT EXISTS RunDelayDelta Array(UInt32) COMMENT 'Readings of the time without a processor: microseconds since the previous one, of the first since Start; empty: unknown' CODEC(ZSTD(1)) AFTER ResumeLate;
ALTER TABLE {db}.profile_windows ADD COLUMN IF NOT EXISTS RunDelaySpan Array(UInt32) COMMENT 'The time a reading covers, up to it, microseconds' CODEC(ZSTD(1)) AFTER RunDelayDelta;
ALTER TABLE {db}.profile_windows ADD COLUMN IF NOT EXISTS RunDelay Array(UInt32) COMMENT 'How long the thread was ready to run and got no processor, microseconds' CODEC(ZSTD(1)) AFTER RunDelaySpan;
