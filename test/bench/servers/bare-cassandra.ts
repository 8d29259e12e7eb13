import { crc32 } from "node:zlib";
import cassandra, { type Client } from "cassandra-driver";
import { atATime, type BareBackend, changedVersion, inChunks, type StoredRow } from "./bare-backend.ts";

const BUCKETS = 16;
/** Conditional statements of a batch: more make it no faster. */
const BATCH = 500;
const PAGE = 5_000;
const OPTIONS = { prepare: true, consistency: 6, serialConsistency: 8 } as const;

const TABLE = `(collection uuid, bucket int, key blob, version text, digest blob, body blob,
  PRIMARY KEY ((collection, bucket), key))`;

/** @param keyspace Of the product's tables, with one collection in them. */
export async function bareCassandra(contactPoint: string, keyspace: string): Promise<BareBackend> {
  const client = new cassandra.Client({ contactPoints: [contactPoint], localDataCenter: "datacenter1" });
  await client.connect();
  for (const table of ["bare", "bare_each"]) {
    await client.execute(`CREATE TABLE IF NOT EXISTS "${keyspace}"."${table}" ${TABLE}`);
  }
  const { rows } = await client.execute(`SELECT incarnation FROM "${keyspace}".driftscope_collections`);
  return new BareCassandra(client, keyspace, String(rows[0]?.incarnation));
}

class BareCassandra implements BareBackend {
  readonly #client: Client;
  readonly #keyspace: string;
  readonly #collection: string;

  constructor(client: Client, keyspace: string, collection: string) {
    this.#client = client;
    this.#keyspace = keyspace;
    this.#collection = collection;
  }

  async scan(): Promise<number> {
    let count = 0;
    await this.#eachRow("key, version, digest", () => count++);
    return count;
  }

  async read(): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    await this.#eachRow("key, version, digest, body", ({ key, version, digest, body }) => {
      rows.push({
        key: (key as Buffer).toString("hex"),
        version: String(version),
        digest: (digest as Buffer).toString("hex"),
        body: (body as Buffer).toString("utf8"),
      });
    });
    return rows;
  }

  write(rows: readonly StoredRow[]): Promise<void> {
    return this.#inBatches(rows, (row) => this.#insert("bare", row));
  }

  change(rows: readonly StoredRow[]): Promise<void> {
    return this.#inBatches(rows, (row) => this.#update("bare", row));
  }

  async writeEach(rows: readonly StoredRow[]): Promise<void> {
    for (const row of rows) await this.#one(this.#insert("bare_each", row));
  }

  async changeEach(rows: readonly StoredRow[]): Promise<void> {
    for (const row of rows) await this.#one(this.#update("bare_each", row));
  }

  close(): Promise<void> {
    return this.#client.shutdown();
  }

  /** All buckets at the same time, each in the order of its keys. */
  async #eachRow(columns: string, use: (row: cassandra.types.Row) => void): Promise<void> {
    const query = `SELECT ${columns} FROM "${this.#keyspace}".driftscope_records WHERE collection = ? AND bucket = ?`;
    await Promise.all(
      Array.from({ length: BUCKETS }, async (_, bucket) => {
        let pageState: string | undefined;
        do {
          const options = { ...OPTIONS, fetchSize: PAGE, ...(pageState === undefined ? {} : { pageState }) };
          const page = await this.#client.execute(query, [this.#collection, bucket], options);
          for (const row of page.rows) use(row);
          pageState = page.pageState ?? undefined;
        } while (pageState !== undefined);
      }),
    );
  }

  async #inBatches(rows: readonly StoredRow[], statement: (row: StoredRow) => Statement): Promise<void> {
    const buckets: StoredRow[][] = Array.from({ length: BUCKETS }, () => []);
    for (const row of rows) buckets[bucketOf(row)]?.push(row);
    await atATime(BUCKETS, buckets, async (bucket) => {
      for (const some of inChunks(bucket, BATCH)) {
        const result = await this.#client.batch(some.map(statement), OPTIONS);
        if (!result.wasApplied()) throw new Error("a bare batch was refused");
      }
    });
  }

  async #one({ query, params }: Statement): Promise<void> {
    const result = await this.#client.execute(query, params, OPTIONS);
    if (!result.wasApplied()) throw new Error("a bare statement was refused");
  }

  #insert(table: string, row: StoredRow): Statement {
    const query = `INSERT INTO "${this.#keyspace}"."${table}" (collection, bucket, key, version, digest, body)
      VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS`;
    return { query, params: [...this.#place(row), row.version, bytes(row.digest), Buffer.from(row.body)] };
  }

  #update(table: string, row: StoredRow): Statement {
    const query = `UPDATE "${this.#keyspace}"."${table}" SET version = ?, digest = ?, body = ?
      WHERE collection = ? AND bucket = ? AND key = ? IF version = ?`;
    const values = [changedVersion(row.version), bytes(row.digest), Buffer.from(row.body)];
    return { query, params: [...values, ...this.#place(row), row.version] };
  }

  #place(row: StoredRow): unknown[] {
    return [this.#collection, bucketOf(row), bytes(row.key)];
  }
}

interface Statement {
  readonly query: string;
  readonly params: unknown[];
}

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const bucketOf = ({ key }: StoredRow): number => crc32(bytes(key)) % BUCKETS;
