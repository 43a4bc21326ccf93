-- What a resume had waited for, and how long a timer had been due: tells a timer that ran late from one that was not due yet.
ALTER TABLE {db}.profile_windows ADD COLUMN IF NOT EXISTS ResumeSource Array(UInt8) COMMENT '1 timer, 2 socket, 3 thread pool, 4 message of a thread, 5 other; empty: unknown' CODEC(ZSTD(1)) AFTER ResumeLabel;
ALTER TABLE {db}.profile_windows ADD COLUMN IF NOT EXISTS ResumeLate Array(UInt32) COMMENT 'How long a timer had been due, microseconds, 0 for others; empty: unknown' CODEC(ZSTD(1)) AFTER ResumeSource;
