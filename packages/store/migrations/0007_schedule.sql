-- Slow-only hid in Mode whether a thread is sampled always or in turn: a span without a window was lost, or never sampled.
ALTER TABLE {db}.profile_windows ADD COLUMN IF NOT EXISTS Schedule LowCardinality(String) COMMENT 'When the thread is sampled: continuous | amortised | on_demand; empty: unknown' CODEC(ZSTD(1)) AFTER Mode;
