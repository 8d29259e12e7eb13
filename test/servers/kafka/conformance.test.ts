import { kafkaCapabilities } from "../../../bridge/backends/kafka/kafka-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { kafkaBed } from "./fresh-topics.ts";

conformanceSuite("Kafka", async () => kafkaBed(), { ...kafkaCapabilities, anyKey: true });
