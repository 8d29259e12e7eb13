/** Whoever owns the tables, with a client of their own. */
import cassandra from "cassandra-driver";
import { inject } from "vitest";

export class Owner {
  readonly #client: cassandra.Client;

  constructor(keyspace: string) {
    this.#client = new cassandra.Client({
      contactPoints: [inject("cassandra")],
      localDataCenter: "datacenter1",
      keyspace,
    });
  }

  /** @returns The rows, in the order of the columns. */
  async run(cql: string, params: readonly unknown[] = []): Promise<unknown[][]> {
    const { rows = [] } = await this.#client.execute(cql, [...params], { prepare: params.length > 0 });
    return rows.map((row) => row.values());
  }

  close(): Promise<void> {
    return this.#client.shutdown();
  }
}
