// Produces to and consumes from TEST_BROKERS within spans, by kafkajs; ends when all is consumed. See burn.cjs.
const timers = require("node:timers/promises");
const { Kafka, logLevel } = require("kafkajs");
const { burn, inSpan, tracer } = require("./burn.cjs");

const MESSAGES = 40;
const topic = `consumer-${process.pid}`;
const kafka = new Kafka({ brokers: process.env.TEST_BROKERS.split(","), logLevel: logLevel.NOTHING });

async function main() {
  // Sampling starts with the first span: give it a turn.
  tracer.startSpan("first").end();
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: topic });
  await Promise.all([producer.connect(), consumer.connect()]);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
  await admin.disconnect();
  await Promise.all(
    Array.from({ length: MESSAGES }, (_, i) =>
      inSpan("produce", async () => {
        await producer.send({ topic, messages: [{ key: String(i), value: "x" }] });
        burn("kafkaProduced", 5);
      }),
    ),
  );
  await consumer.subscribe({ topic, fromBeginning: true });
  let left = MESSAGES;
  await new Promise((done, failed) => {
    void consumer
      .run({
        partitionsConsumedConcurrently: 2,
        eachMessage: (payload) =>
          inSpan("consume", async () => {
            burn("kafkaMessage", 5);
            await payload.heartbeat();
            burn("kafkaHeartbeat", 5);
            await timers.setTimeout(1);
            burn("kafkaTimer", 5);
            if (--left === 0) done();
          }),
      })
      .catch(failed);
  });
  await Promise.all([producer.disconnect(), consumer.disconnect()]);
}
void main();
