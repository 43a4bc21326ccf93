-- Heap profiles: bytes are in Value, and how many objects they are had no place. Their windows have no ticks (PeriodNano 0).
ALTER TABLE {db}.profile_samples ADD COLUMN IF NOT EXISTS Objects UInt64 COMMENT 'Of heap types: objects that make up Value; 0 for ticks' CODEC(ZSTD(1)) AFTER CpuNano;
ALTER TABLE {db}.profile_samples COMMENT COLUMN IF EXISTS ProfileType 'wall (Value in ns; cpu sums CpuNano) | heap_inuse (Value in bytes: alive at Timestamp, never to be summed over time) | heap_alloc (Value in bytes: allocated since the profile before)';
ALTER TABLE {db}.profile_events COMMENT COLUMN IF EXISTS Kind 'gc_minor | gc_major | gc_incremental | gc_weakcb | pool | heap_near_limit (a heap profile was taken, most processes die right after)';
