/** Somebody whose cluster it is, with Kafka's own Java clients: KafkaOwner.java. */
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.ts";
import { classpathOf } from "../java-classpath.ts";
import { JavaOwner } from "../java-owner.ts";

export interface ConsumedRecord {
  readonly offset: number;
  /** Hexadecimal. */
  readonly key: string;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ConsumedTopic {
  readonly beginning: number;
  readonly end: number;
  readonly records: readonly ConsumedRecord[];
}

type Configs = Readonly<Record<string, string | number>>;

export class KafkaOwner {
  readonly #program: JavaOwner;

  /** @param broker host:port. */
  constructor(broker: string) {
    const here = join(repositoryRoot, "test/servers/kafka");
    this.#program = new JavaOwner("Kafka's Java client", [
      "-Xmx128m",
      `-Dlog4j2.configurationFile=${join(here, "log4j2-client.xml")}`,
      "-cp",
      classpathOf(join(here, "pom.xml")),
      join(here, "KafkaOwner.java"),
      broker,
    ]);
  }

  async create(topic: string, configs: Configs, partitions = 1): Promise<void> {
    await this.#program.ask({ topic, create: { configs, partitions } });
  }

  async configure(topic: string, configs: Configs): Promise<void> {
    await this.#program.ask({ topic, configure: configs });
  }

  async deleteBefore(topic: string, offset: number): Promise<void> {
    await this.#program.ask({ topic, deleteBefore: offset });
  }

  async delete(topic: string): Promise<void> {
    await this.#program.ask({ topic, delete: true });
  }

  /** Outside of any transaction. */
  async produce(topic: string, ...records: readonly { key: string; value: string | null }[]): Promise<void> {
    await this.#program.ask({ topic, produce: records });
  }

  /** What is committed. */
  async consume(topic: string, partition = 0): Promise<ConsumedTopic> {
    return (await this.#program.ask({ topic, consume: partition })) as unknown as ConsumedTopic;
  }

  /** On all whose names begin so. */
  async grant(
    user: string,
    on: "TOPIC" | "TRANSACTIONAL_ID",
    prefix: string,
    operations: string[],
  ): Promise<void> {
    await this.#program.ask({ topic: prefix, grant: { user, on, operations } });
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}
