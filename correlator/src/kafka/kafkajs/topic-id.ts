import { createRequire } from "node:module";
import type { PartitionAssigner } from "kafkajs";

type Cluster = Parameters<PartitionAssigner>[0]["cluster"];

interface Reader {
  readonly buffer: Buffer;
  at: number;
}

/**
 * The id Kafka gave a topic when it was created. A topic that is deleted and made again has another one and starts at
 * offset 0, so with its name alone new records would be taken for those of old cuts, and lost.
 *
 * kafkajs 2.2.4 (the last release) knows Metadata up to version 6, ids came with version 10: sent here through its
 * connection, which brings TLS and authentication. undefined for brokers before 2.8.
 */
export async function topicId(cluster: Cluster, topic: string): Promise<string | undefined> {
  const broker = await (
    cluster as unknown as { findControllerBroker(): Promise<object> }
  ).findControllerBroker();
  const send = Object.getOwnPropertySymbols(Object.getPrototypeOf(broker)).find((symbol) =>
    symbol.description?.endsWith("sendRequest"),
  );
  if (send === undefined) return undefined;
  const versions = (broker as { versions?: Record<number, { maxVersion: number }> }).versions;
  if ((versions?.[3]?.maxVersion ?? 0) < 12) return undefined;
  const Encoder = createRequire(import.meta.url)("kafkajs/src/protocol/encoder") as new () => {
    writeBufferInternal(bytes: Buffer): void;
  };
  const encoder = new Encoder();
  encoder.writeBufferInternal(request(topic));
  type Send = (message: object) => Promise<string | undefined>;
  return (broker as Record<symbol, Send>)[send]?.call(broker, {
    request: {
      apiKey: 3,
      apiVersion: 12,
      apiName: "Metadata",
      encode: () => Promise.resolve(encoder),
    },
    response: {
      decode: (bytes: Buffer) => Promise.resolve({ id: readTopicId(bytes) }),
      parse: ({ id }: { id: string | undefined }) => Promise.resolve(id),
    },
  });
}

/**
 * Metadata request v12, behind kafkajs's header v1, which lacks the tagged fields of v2:
 *   tags · topics compact [ id uuid · name compact · tags ] · auto-create bool · authorized operations bool · tags
 */
function request(topic: string): Buffer {
  const name = Buffer.from(topic);
  // A topic name has at most 249 bytes: a length of two varint bytes at most.
  const length = name.length + 1;
  const prefix = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([
    Buffer.from([0, 2]),
    Buffer.alloc(16),
    Buffer.from(prefix),
    name,
    Buffer.from([0, 0, 0, 0]),
  ]);
}

/**
 * Response v12, behind the correlation id:
 *   tags · throttle i32 · brokers compact [ node i32 · host compact · port i32 · rack compact nullable · tags ] ·
 *   cluster id compact nullable · controller i32 · topics compact [ error i16 · name compact nullable · id uuid …
 */
export function readTopicId(buffer: Buffer): string | undefined {
  const reader: Reader = { buffer, at: 0 };
  skipTags(reader);
  reader.at += 4;
  for (let brokers = varint(reader) - 1; brokers > 0; brokers--) {
    reader.at += 4;
    skipText(reader);
    reader.at += 4;
    skipText(reader);
    skipTags(reader);
  }
  skipText(reader);
  reader.at += 4;
  if (varint(reader) < 2) return undefined;
  const error = buffer.readInt16BE(reader.at);
  reader.at += 2;
  skipText(reader);
  const id = buffer.toString("hex", reader.at, reader.at + 16);
  return error !== 0 || /^0*$/.test(id) ? undefined : id;
}

function varint(reader: Reader): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.buffer.readUInt8(reader.at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 128) return value;
  }
}

function skipText(reader: Reader): void {
  const length = varint(reader);
  if (length > 0) reader.at += length - 1;
}

function skipTags(reader: Reader): void {
  for (let tags = varint(reader); tags > 0; tags--) {
    varint(reader);
    reader.at += varint(reader);
  }
}
