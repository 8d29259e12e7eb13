import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { KafkaBackend, type KafkaSettings } from "../../../bridge/backends/kafka/kafka-backend.ts";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";

/** How the names of a test's own topics begin. */
export const freshPrefix = (): string => `test-${randomBytes(6).toString("hex")}`;

/** Of the broker of the project, unless `changed` names another. */
export function kafkaSettings(
  changed: Partial<KafkaSettings> & { readonly broker?: string } = {},
): KafkaSettings {
  const { broker = inject("kafka"), ...others } = changed;
  const [host = "", port] = broker.split(":");
  return {
    where: `Kafka at ${broker}`,
    brokers: [{ host, port: Number(port) }],
    prefix: freshPrefix(),
    replicas: -1,
    requestTimeoutMs: 20_000,
    dataFolder: "",
    ...others,
  };
}

/** As a bridge of its own, with a data folder of its own. */
export function kafkaBed(changed: Parameters<typeof kafkaSettings>[0] = {}): Bed {
  const dataFolder = mkdtempSync(join(tmpdir(), "driftscope-kafka-data-"));
  const backend = new KafkaBackend(kafkaSettings({ dataFolder, ...changed }));
  return directBed(backend, () => rmSync(dataFolder, { recursive: true, force: true }));
}
