import { CONTEXT_PATHS, MODES } from "./encode.ts";
import { WireError } from "./errors.ts";
import { atMost, type Limits, WIRE_VERSION } from "./limits.ts";
import { readAttribute, readName } from "./decode-parts.ts";
import { malformed, type ProtoReader } from "./proto/reader.ts";
import { VARINT } from "./proto/writer.ts";
import type { Cgroup, ClockPair, Header, LoopDelay } from "./window.ts";

type Draft = { -readonly [K in keyof Header]?: Header[K] | undefined };

/** Reads `Header` and checks it. Fields of a newer minor are skipped, a newer major is refused. */
export function decodeHeader(reader: ProtoReader, limits: Limits): Header {
  const header: Draft = {
    versionMajor: 0,
    versionMinor: 0,
    profileId: "",
    part: 0,
    parts: 0,
    instance: "",
    threadId: 0,
    threadName: "",
    seq: 0,
    periodNanos: 0,
    expectedTicks: 0,
    takenTicks: 0,
    droppedContexts: 0,
    flushStallNanos: 0,
    threadCpuNanos: 0,
    processCpuNanos: 0,
    quietLoop: false,
  };
  const resource: [string, string][] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        header.versionMajor = uint32(reader);
        // At once: a newer major may have changed anything behind it.
        checkVersion(header.versionMajor, header.versionMinor);
        break;
      case 2:
        header.versionMinor = uint32(reader);
        break;
      case 3:
        header.profileId = reader.hex();
        break;
      case 4:
        header.part = uint32(reader);
        break;
      case 5:
        header.parts = uint32(reader);
        break;
      case 6:
        header.instance = reader.hex();
        break;
      case 7:
        header.threadId = uint32(reader);
        break;
      case 8:
        header.threadName = readName(reader, limits);
        break;
      case 9:
        header.seq = uint64(reader);
        break;
      case 10:
        reader.message((r) => {
          header.start = readClockPair(r);
        });
        break;
      case 11:
        reader.message((r) => {
          header.end = readClockPair(r);
        });
        break;
      case 12:
        header.periodNanos = uint64(reader);
        break;
      case 13:
        header.expectedTicks = uint32(reader);
        break;
      case 14:
        header.takenTicks = uint32(reader);
        break;
      case 15:
        header.droppedContexts = uint32(reader);
        break;
      case 16:
        header.flushStallNanos = uint64(reader);
        break;
      case 17:
        header.threadCpuNanos = uint64(reader);
        break;
      case 18:
        header.processCpuNanos = uint64(reader);
        break;
      case 19:
        reader.expect(VARINT);
        header.quietLoop = reader.bool();
        break;
      case 20:
        header.mode = MODES[uint32(reader) - 1];
        break;
      case 21:
        header.contextPath = CONTEXT_PATHS[uint32(reader) - 1];
        break;
      case 22:
        reader.message((r) => {
          header.cgroup = readCgroup(r);
        });
        break;
      case 23:
        reader.message((r) => {
          header.loopDelay = readLoopDelay(r);
        });
        break;
      case 24:
        atMost(
          resource.length + 1,
          limits.resourceAttributes,
          "HOTSPAN_WIRE_TOO_MANY_ATTRIBUTES",
          "resource attributes",
        );
        resource.push(readAttribute(reader, limits));
        break;
      case 25:
        header.schedule = MODES[uint32(reader) - 1];
        break;
      default:
        reader.skip();
    }
  }
  header.resource = Object.fromEntries(resource);
  return check(header, limits);
}

function check(header: Draft, limits: Limits): Header {
  const { start, end, mode, contextPath } = header;
  checkVersion(header.versionMajor, header.versionMinor);
  if (start === undefined || end === undefined) throw missing("clock pairs");
  if (mode === undefined) throw missing("a known mode");
  if (contextPath === undefined) throw missing("a known context path");
  if (header.profileId?.length !== 32) throw missing("a profile_id of 16 bytes");
  if (header.instance?.length !== 32) throw missing("an instance of 16 bytes");
  const { part = 0, parts = 0, periodNanos = 0 } = header;
  if (part < 1 || part > parts || parts > 0xffff) throw bad(`part ${part} of ${parts}`);
  if (periodNanos < 10_000 || periodNanos > 60e9) throw bad(`a period of ${periodNanos} ns`);
  const nanos = end.monotonicNanos - start.monotonicNanos;
  if (nanos < 0n) throw bad("an end before its start");
  atMost(Number(nanos / 1_000_000n), limits.windowMillis, "HOTSPAN_WIRE_TOO_LONG", "ms");
  // 2^63 − 1: what DateTime64 and Int64 hold.
  if (start.epochNanos >> 63n !== 0n || end.epochNanos >> 63n !== 0n) throw bad("a clock beyond 2262");
  return { ...header, start, end, mode, contextPath } as Header;
}

function checkVersion(major = 0, minor = 0): void {
  if (major === WIRE_VERSION.major) return;
  throw new WireError(
    "HOTSPAN_WIRE_VERSION_UNSUPPORTED",
    `wire version ${major}.${minor}; this side reads ${WIRE_VERSION.major}.x`,
  );
}

function missing(what: string): WireError {
  return new WireError("HOTSPAN_WIRE_MISSING_FIELD", `the header has no ${what}`);
}

function bad(what: string): WireError {
  return new WireError("HOTSPAN_WIRE_BAD_VALUE", `the header says ${what}`);
}

function uint32(reader: ProtoReader): number {
  reader.expect(VARINT);
  return reader.uint32();
}

function uint64(reader: ProtoReader): number {
  reader.expect(VARINT);
  return reader.safeUint64();
}

function readClockPair(reader: ProtoReader): ClockPair {
  let monotonicNanos = 0n;
  let epochNanos = 0n;
  while (reader.next()) {
    if (reader.field > 2) {
      reader.skip();
      continue;
    }
    reader.expect(VARINT);
    const value = reader.uint64();
    if (reader.field === 1) monotonicNanos = value;
    else epochNanos = value;
  }
  return { monotonicNanos, epochNanos };
}

function readCgroup(reader: ProtoReader): Cgroup {
  const values = [0, 0, 0, 0, 0, 0];
  while (reader.next()) {
    if (reader.field <= 5) values[reader.field] = uint64(reader);
    else reader.skip();
  }
  const [, version = 0, quotaMicros = 0, periodMicros = 0, nrThrottled = 0, throttledMicros = 0] = values;
  if (version !== 1 && version !== 2) throw malformed(`cgroup version ${version}`);
  return { version, quotaMicros, periodMicros, nrThrottled, throttledMicros };
}

function readLoopDelay(reader: ProtoReader): LoopDelay {
  const values = [0, 0, 0, 0];
  while (reader.next()) {
    if (reader.field <= 3) values[reader.field] = uint64(reader);
    else reader.skip();
  }
  const [, p50Nanos = 0, p99Nanos = 0, maxNanos = 0] = values;
  return { p50Nanos, p99Nanos, maxNanos };
}
