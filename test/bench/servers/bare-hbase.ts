import { Pool } from "undici";
import { atATime, type BareBackend, changedVersion, type StoredRow } from "./bare-backend.ts";

const CONNECTIONS = 64;
/** Of one answer of a scanner. */
const CELLS = 10_000;
const HEADERS = { "content-type": "application/json", accept: "application/json" };

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const plain = (text: string): string => Buffer.from(text, "base64").toString("utf8");

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string;
}

interface CellSet {
  readonly Row: readonly {
    readonly key: string;
    readonly Cell: readonly { readonly column: string; readonly $: string }[];
  }[];
}

/** @param table The product's, with one collection in it. */
export async function bareHBase(url: string, table: string): Promise<BareBackend> {
  const bare = new BareHBase(new Pool(url, { connections: CONNECTIONS, pipelining: 1 }), table);
  await bare.makeTables();
  return bare;
}

class BareHBase implements BareBackend {
  readonly #pool: Pool;
  readonly #table: string;

  constructor(pool: Pool, table: string) {
    this.#pool = pool;
    this.#table = table;
  }

  async makeTables(): Promise<void> {
    const ColumnSchema = [{ name: "m" }, { name: "d" }];
    for (const table of ["bare", "bare_each"]) {
      await this.#send("PUT", `/${table}/schema`, JSON.stringify({ ColumnSchema }));
    }
  }

  async scan(): Promise<number> {
    let rows = 0;
    let last = "";
    await this.#scan(["m:v", "m:h"], ({ key }) => {
      if (key !== last) rows++;
      last = key;
    });
    return rows;
  }

  async read(): Promise<StoredRow[]> {
    const rows = new Map<string, Record<string, string>>();
    await this.#scan(["m:v", "m:h", "d:b"], ({ key, Cell }) => {
      const cells = rows.get(key) ?? {};
      for (const { column, $ } of Cell) cells[plain(column)] = $;
      rows.set(key, cells);
    });
    return Array.from(rows, ([key, cells]) => ({
      key: plain(key),
      version: plain(cells["m:v"] ?? ""),
      digest: Buffer.from(cells["m:h"] ?? "", "base64").toString("hex"),
      body: plain(cells["d:b"] ?? ""),
    }));
  }

  write(rows: readonly StoredRow[]): Promise<void> {
    return atATime(CONNECTIONS, rows, (row) => this.#put("bare", row, row.version, ""));
  }

  change(rows: readonly StoredRow[]): Promise<void> {
    return atATime(CONNECTIONS, rows, (row) =>
      this.#put("bare", row, changedVersion(row.version), row.version),
    );
  }

  async writeEach(rows: readonly StoredRow[]): Promise<void> {
    for (const row of rows) await this.#put("bare_each", row, row.version, "");
  }

  async changeEach(rows: readonly StoredRow[]): Promise<void> {
    for (const row of rows) await this.#put("bare_each", row, changedVersion(row.version), row.version);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #put(
    table: string,
    { key, digest, body }: StoredRow,
    version: string,
    expect: string,
  ): Promise<void> {
    const cell = (column: string, $: string) => ({ column: base64(column), $ });
    const Cell = [
      cell("m:v", base64(version)),
      cell("m:h", Buffer.from(digest, "hex").toString("base64")),
      cell("d:b", base64(body)),
      cell("m:v", base64(expect)),
    ];
    const { status } = await this.#send(
      "PUT",
      `/${table}/${key}?check=put`,
      JSON.stringify({ Row: [{ key: base64(key), Cell }] }),
    );
    if (status !== 200) throw new Error(`a bare check-and-put was answered ${status}`);
  }

  /** The records of the table. */
  async #scan(columns: readonly string[], use: (row: CellSet["Row"][number]) => void): Promise<void> {
    const scanner = {
      batch: CELLS,
      startRow: base64("r."),
      endRow: base64("s"),
      column: columns.map(base64),
    };
    const { location } = await this.#send("PUT", `/${this.#table}/scanner`, JSON.stringify(scanner));
    const path = new URL(location).pathname;
    for (;;) {
      const { status, text } = await this.#send("GET", path);
      if (status === 204) break;
      for (const row of (JSON.parse(text) as CellSet).Row) if (!plain(row.key).endsWith("~")) use(row);
    }
    await this.#send("DELETE", path);
  }

  async #send(method: "GET" | "PUT" | "DELETE", path: string, body?: string): Promise<Answer> {
    const answer = await this.#pool.request({ method, path, headers: HEADERS, body: body ?? null });
    const text = await answer.body.text();
    return { status: answer.statusCode, text, location: String(answer.headers.location) };
  }
}
