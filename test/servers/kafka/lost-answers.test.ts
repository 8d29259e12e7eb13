import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { kafkaBed } from "./fresh-topics.ts";
import { KafkaServer } from "./kafka-server.ts";

/** A broker of their own, which these tests freeze and kill. */
let broker: KafkaServer;
let bed: Bed;
beforeAll(async () => {
  broker = await KafkaServer.start();
  bed = kafkaBed({ broker: broker.broker, requestTimeoutMs: 5000 });
}, 240_000);
afterAll(async () => {
  await bed?.dispose();
  await broker?.dispose();
});

lostAnswers(() => ({ server: broker.server, bed }));
