/** The bare driver loops, in a process of their own: nothing but libsql between the file and the clock. */
import { randomUUID } from "node:crypto";
import Database from "libsql";
import type { SqliteLoop, SqliteTask } from "./sqlite-protocol.ts";

type Row = readonly unknown[];
type ScanTask = Extract<SqliteTask, { do: "scan" }>;
type WriteTask = Extract<SqliteTask, { do: "write" }>;
type ChangeTask = Extract<SqliteTask, { do: "change" }>;

/** Rows of one INSERT: the fastest of what was tried. */
const ROWS_PER_INSERT = 100;

const JOURNAL = `CREATE TABLE journal (
  seq INTEGER PRIMARY KEY, opId TEXT NOT NULL, applyId TEXT NOT NULL, key BLOB NOT NULL, before BLOB
)`;

export function main(): void {
  process.on("message", (task: SqliteTask) => process.send?.(run(task)));
  process.send?.("ready");
}

function run(task: SqliteTask): SqliteLoop {
  switch (task.do) {
    case "scan":
      return scan(task);
    case "write":
      return write(task);
    case "change":
      return change(task);
  }
}

function scan({ file, table }: ScanTask): SqliteLoop {
  const database = new Database(file);
  const statement = database.prepare(`SELECT key, version, digest FROM "${table}" ORDER BY key`).raw();
  const start = performance.now();
  let rows = 0;
  for (const _row of statement.iterate([])) rows++;
  const milliseconds = performance.now() - start;
  database.close();
  return { milliseconds, rows };
}

function write(task: WriteTask): SqliteLoop {
  const { definitions, rows } = readTable(task);
  const database = new Database(task.target);
  // The durability that the bridge writes with.
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  for (const definition of [...definitions, JOURNAL]) database.exec(definition);
  const journalRows = task.journal ? rows.map((row, i) => [i, randomUUID(), "apply", row[0], null]) : [];
  const tables: readonly [string, readonly Row[]][] = [
    ["journal", journalRows],
    [task.table, rows],
  ];
  const start = performance.now();
  for (let from = 0; from < rows.length; from += task.batch) {
    database.exec("BEGIN IMMEDIATE");
    for (const [table, all] of tables) insert(database, table, all.slice(from, from + task.batch));
    database.exec("COMMIT");
  }
  const milliseconds = performance.now() - start;
  database.close();
  return { milliseconds, rows: rows.length };
}

function change(task: ChangeTask): SqliteLoop {
  const { definitions, rows } = readTable(task);
  const database = new Database(task.target);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  for (const definition of [...definitions, JOURNAL]) database.exec(definition);
  database.exec("BEGIN IMMEDIATE");
  insert(database, task.table, rows);
  database.exec("COMMIT");
  const update = database.prepare(
    `UPDATE "${task.table}" SET version = ?, digest = ?, body = ?, seq = ? WHERE key = ? AND version = ?`,
  );
  const start = performance.now();
  for (let from = 0; from < rows.length; from += task.batch) {
    const some = rows.slice(from, from + task.batch);
    database.exec("BEGIN IMMEDIATE");
    const before = bodiesOf(database, task.table, some);
    insert(
      database,
      "journal",
      some.map((row, i) => [from + i, randomUUID(), "apply", row[0], before[i]]),
    );
    for (const [i, row] of some.entries()) {
      const [key, version, digest, , , , , , body] = row;
      update.run([`${String(version)}x`, digest, body, rows.length + from + i, key, version]);
    }
    database.exec("COMMIT");
  }
  const milliseconds = performance.now() - start;
  database.close();
  return { milliseconds, rows: rows.length };
}

/** In key order, as the rows are. */
function bodiesOf(database: Database.Database, table: string, rows: readonly Row[]): unknown[] {
  const bodies: unknown[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    const some = rows.slice(from, from + ROWS_PER_INSERT).map(([key]) => key);
    const sql = `SELECT body FROM "${table}" WHERE key IN (${some.map(() => "?").join(", ")}) ORDER BY key`;
    const found = preparedOf(database, sql).raw().all(some) as Row[];
    for (const row of found) bodies.push(bindable(row)[0]);
  }
  return bodies;
}

function readTable({ file, table }: WriteTask | ChangeTask): { definitions: string[]; rows: Row[] } {
  const database = new Database(file);
  const schema = database
    .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL")
    .raw();
  const definitions = (schema.all([table]) as [string][]).map(([sql]) => sql);
  const rows = database.prepare(`SELECT * FROM "${table}"`).raw().all([]) as Row[];
  database.close();
  return { definitions, rows: rows.map(bindable) };
}

/** Prepared statements by their text. */
const statements = new WeakMap<Database.Database, Map<string, Database.Statement>>();

function insert(database: Database.Database, table: string, rows: readonly Row[]): void {
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    const some = rows.slice(from, from + ROWS_PER_INSERT);
    const row = `(${some[0]?.map(() => "?").join(", ")})`;
    const sql = `INSERT INTO "${table}" VALUES ${some.map(() => row).join(", ")}`;
    preparedOf(database, sql).run(some.flat());
  }
}

function preparedOf(database: Database.Database, sql: string): Database.Statement {
  const prepared = statements.get(database) ?? new Map<string, Database.Statement>();
  statements.set(database, prepared);
  const statement = prepared.get(sql) ?? database.prepare(sql);
  prepared.set(sql, statement);
  return statement;
}

/** Blobs come back as ArrayBuffer but are bound as Buffer. */
function bindable(row: Row): Row {
  return row.map((value) => (value instanceof ArrayBuffer ? Buffer.from(value) : value));
}
