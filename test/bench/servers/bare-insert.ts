/** Milliseconds that libsql takes for a table's rows alone, in a copy of it in a new file. */
import Database from "libsql";

/** Rows of one INSERT: the fastest of what was tried. */
const ROWS_PER_INSERT = 100;
/** What one answer of a broker brings. */
const ROWS_PER_COMMIT = 10_000;

type Values = readonly unknown[];

/**
 * The rows are read from the other file in between, while the clock stands.
 *
 * @param like How the table's name begins; there is one such table.
 */
export function bareInsert(from: string, like: string, to: string): { milliseconds: number; rows: number } {
  const source = new Database(from);
  const schema = source.prepare(
    "SELECT tbl_name, sql FROM sqlite_schema WHERE tbl_name GLOB ? AND sql IS NOT NULL ORDER BY type DESC",
  );
  const definitions = schema.raw().all([`${like}*`]) as [table: string, sql: string][];
  const table = definitions[0]?.[0];
  if (table === undefined) throw new Error(`${from} has no table ${like}`);
  const target = new Database(to);
  target.exec("PRAGMA journal_mode = WAL");
  target.exec("PRAGMA synchronous = NORMAL");
  for (const [, sql] of definitions) target.exec(sql);
  let milliseconds = 0;
  let rows = 0;
  let some: Values[] = [];
  const insert = (): void => {
    const start = performance.now();
    target.exec("BEGIN IMMEDIATE");
    for (let at = 0; at < some.length; at += ROWS_PER_INSERT) {
      const part = some.slice(at, at + ROWS_PER_INSERT);
      insertOf(target, table, part).run(part.flat());
    }
    target.exec("COMMIT");
    milliseconds += performance.now() - start;
    rows += some.length;
    some = [];
  };
  // In the order in which they came.
  const all = source.prepare(`SELECT * FROM "${table}" ORDER BY seq`).raw().iterate([]);
  for (const row of all as Iterable<Values>) {
    some.push(row.map((value) => (value instanceof ArrayBuffer ? Buffer.from(value) : value)));
    if (some.length === ROWS_PER_COMMIT) insert();
  }
  if (some.length > 0) insert();
  source.close();
  target.close();
  return { milliseconds, rows };
}

const prepared = new WeakMap<Database.Database, Map<number, Database.Statement>>();

function insertOf(database: Database.Database, table: string, rows: readonly Values[]): Database.Statement {
  const bySize = prepared.get(database) ?? new Map<number, Database.Statement>();
  prepared.set(database, bySize);
  const row = `(${rows[0]?.map(() => "?").join(", ")})`;
  const sql = `INSERT INTO "${table}" VALUES ${rows.map(() => row).join(", ")}`;
  const statement = bySize.get(rows.length) ?? database.prepare(sql);
  bySize.set(rows.length, statement);
  return statement;
}
