import { Pool } from "undici";
import { atATime, type BareBackend, changedVersion, inChunks, type StoredRow } from "./bare-backend.ts";

const CONNECTIONS = 8;
const ROWS_PER_STATEMENT = 100;
const PAGE = 10_000;
const PAGE_WITH_BODIES = 2_000;

const COLUMNS = `("k" VARCHAR PRIMARY KEY, "version" VARCHAR, "digest" VARCHAR, "body" VARCHAR)`;

/** @param prefix Of the product's tables, with one collection in them. */
export async function bareIgnite(url: string, prefix: string): Promise<BareBackend> {
  const bare = new BareIgnite(new Pool(url, { connections: CONNECTIONS, pipelining: 1 }), prefix);
  await bare.makeTables();
  return bare;
}

class BareIgnite implements BareBackend {
  readonly #pool: Pool;
  readonly #prefix: string;

  constructor(pool: Pool, prefix: string) {
    this.#pool = pool;
    this.#prefix = prefix;
  }

  async makeTables(): Promise<void> {
    for (const table of ["bare", "bare_each"]) {
      const options = `template=replicated,atomicity=atomic,write_synchronization_mode=full_sync,pk_inline_size=80`;
      await this.#sql(`CREATE TABLE IF NOT EXISTS "${table}" ${COLUMNS} WITH "${options}"`, []);
    }
  }

  async scan(): Promise<number> {
    let count = 0;
    await this.#pages('"k", "version", "digest"', PAGE, (rows) => {
      count += rows.length;
    });
    return count;
  }

  async read(): Promise<StoredRow[]> {
    const all: StoredRow[] = [];
    await this.#pages('"k", "version", "digest", "body"', PAGE_WITH_BODIES, (rows) => {
      for (const [key, version, digest, body] of rows) {
        all.push({ key: String(key), version: String(version), digest: String(digest), body: String(body) });
      }
    });
    return all;
  }

  write(rows: readonly StoredRow[]): Promise<void> {
    return atATime(CONNECTIONS, inChunks(rows, ROWS_PER_STATEMENT), (some) => this.#insert("bare", some));
  }

  change(rows: readonly StoredRow[]): Promise<void> {
    return atATime(CONNECTIONS, inChunks(rows, ROWS_PER_STATEMENT), (some) => this.#update("bare", some));
  }

  async writeEach(rows: readonly StoredRow[]): Promise<void> {
    for (const row of rows) await this.#insert("bare_each", [row]);
  }

  async changeEach(rows: readonly StoredRow[]): Promise<void> {
    for (const row of rows) {
      const sql = `UPDATE "bare_each" SET "version" = ?, "digest" = ?, "body" = ? WHERE "k" = ? AND "version" = ?`;
      const args = [changedVersion(row.version), row.digest, row.body, row.key, row.version];
      this.#expectChanged(await this.#sql(sql, args), 1);
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #insert(table: string, rows: readonly StoredRow[]): Promise<void> {
    const values = rows.map(() => "(?, ?, ?, ?)").join(", ");
    const sql = `INSERT INTO "${table}" ("k", "version", "digest", "body") VALUES ${values}`;
    const args = rows.flatMap(({ key, version, digest, body }) => [key, version, digest, body]);
    this.#expectChanged(await this.#sql(sql, args), rows.length);
  }

  async #update(table: string, rows: readonly StoredRow[]): Promise<void> {
    const at = (row: number, place: number): string => `?${1 + row * 5 + place}`;
    const byKey = (place: number): string =>
      `CASE "k" ${rows.map((_, row) => `WHEN ${at(row, 0)} THEN ${at(row, place)}`).join(" ")} END`;
    const keys = rows.map((_, row) => at(row, 0)).join(", ");
    const sql = `UPDATE "${table}" SET "version" = ${byKey(1)}, "digest" = ${byKey(2)}, "body" = ${byKey(3)}
      WHERE "k" IN (${keys}) AND "version" = ${byKey(4)}`;
    const args = rows.flatMap(({ key, version, digest, body }) => [
      key,
      changedVersion(version),
      digest,
      body,
      version,
    ]);
    this.#expectChanged(await this.#sql(sql, args), rows.length);
  }

  #expectChanged(rows: readonly unknown[][], count: number): void {
    if (rows[0]?.[0] !== count)
      throw new Error(`a bare statement changed ${String(rows[0]?.[0])} of ${count}`);
  }

  async #pages(columns: string, limit: number, use: (rows: readonly unknown[][]) => void): Promise<void> {
    for (let after = ""; ; ) {
      const sql = `SELECT ${columns} FROM "${this.#prefix}_records" WHERE "k" > ? ORDER BY "k" LIMIT ${limit}`;
      const rows = await this.#sql(sql, [after]);
      use(rows);
      if (rows.length < limit) return;
      after = String(rows.at(-1)?.[0]);
    }
  }

  async #sql(qry: string, args: readonly string[]): Promise<unknown[][]> {
    const form = new URLSearchParams({ cmd: "qryfldexe", cacheName: this.#prefix, pageSize: "20000", qry });
    for (const [at, arg] of args.entries()) form.set(`arg${at + 1}`, arg);
    const answer = await this.#pool.request({
      method: "POST",
      path: "/ignite",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
    const envelope = (await answer.body.json()) as {
      error: unknown;
      response: { items: unknown[][] } | null;
    };
    if (envelope.response === null) throw new Error(String(envelope.error));
    return envelope.response.items;
  }
}
