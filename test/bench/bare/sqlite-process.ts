/** The bare driver loops, in a process of their own: nothing but libsql between the file and the clock. */
import Database from "libsql";
import type { CopiedTable, SqliteLoop, SqliteTask } from "./sqlite-protocol.ts";

export function main(): void {
  process.on("message", (task: SqliteTask) => process.send?.(task.do === "scan" ? scan(task) : copy(task)));
  process.send?.("ready");
}

function scan({ file, sql }: Extract<SqliteTask, { do: "scan" }>): SqliteLoop {
  const database = new Database(file);
  const statement = database.prepare(sql).raw();
  const start = performance.now();
  let rows = 0;
  for (const _row of statement.iterate([])) rows++;
  const milliseconds = performance.now() - start;
  database.close();
  return { milliseconds, rows };
}

interface Copying {
  readonly insert: Database.Statement;
  readonly target: Database.Database;
  readonly rows: readonly unknown[][];
}

function copy({ tables, batch }: Extract<SqliteTask, { do: "copy" }>): SqliteLoop {
  const targets = new Map<string, Database.Database>();
  const copying = tables.map((one) => prepareCopy(one, targets));
  const rows = copying[0]?.rows.length ?? 0;
  const start = performance.now();
  for (let from = 0; from < rows; from += batch) {
    for (const [, target] of targets) commitBatch(copying, target, from, from + batch);
  }
  const milliseconds = performance.now() - start;
  for (const [, target] of targets) target.close();
  return { milliseconds, rows };
}

function commitBatch(copying: readonly Copying[], target: Database.Database, from: number, to: number): void {
  target.exec("BEGIN IMMEDIATE");
  for (const part of copying) {
    if (part.target !== target) continue;
    for (const row of part.rows.slice(from, to)) part.insert.run(row);
  }
  target.exec("COMMIT");
}

/** An empty table with the same definition, its prepared insert, and the rows to put into it. */
function prepareCopy(one: CopiedTable, targets: Map<string, Database.Database>): Copying {
  const source = new Database(one.file);
  const target = targets.get(one.target) ?? openLikeTheBridge(one.target);
  targets.set(one.target, target);
  const definitions = source
    .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL")
    .raw();
  for (const [definition] of definitions.all([one.table]) as string[][]) target.exec(definition ?? "");
  const rows = source.prepare(`SELECT * FROM "${one.table}"`).raw().all([]) as unknown[][];
  source.close();
  const places = (rows[0] ?? []).map(() => "?").join(", ");
  return {
    insert: target.prepare(`INSERT INTO "${one.table}" VALUES (${places})`),
    target,
    rows: rows.map(bindable),
  };
}

/** The durability that the bridge writes with. */
function openLikeTheBridge(file: string): Database.Database {
  const database = new Database(file);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  return database;
}

/** Blobs come back as ArrayBuffer but are bound as Buffer. */
function bindable(row: readonly unknown[]): unknown[] {
  return row.map((value) => (value instanceof ArrayBuffer ? Buffer.from(value) : value));
}
