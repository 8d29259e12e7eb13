/** Somebody's tables in PostgreSQL, as shared/tables wants a server to be: read by imports, written by an export and a merge of rows. */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { BoundScope } from "../../../../core/mapping/scope.ts";
import { BackendError } from "../../backend-error.ts";
import { nextVersion } from "../../shared/tables/next-version.ts";
import { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, FoundRow, RowChange, TableServer } from "../../shared/tables/table-server.ts";
import type { Question } from "../dialects/dialect.ts";
import {
  describeQuery,
  describeTable,
  findRows,
  listTables,
  mergeRows,
  selectRows,
} from "../dialects/postgresql-tables.ts";
import { sqlName, sqlText } from "../dialects/postgresql-text.ts";
import type { Inbox } from "../inbox.ts";
import { QUERY, type Queries, queryOf } from "../queries.ts";
import type { Answer, Questions } from "../questions.ts";
import type { SqoopProgram } from "../sqoop-program.ts";
import { Together } from "../together.ts";
import { columnText } from "./column-types.ts";
import { refusalOf } from "./constraint-words.ts";
import { type PostgresqlTable, queryTableOf, tableOf } from "./postgresql-table.ts";

/** All of a call: they go in one export. */
const CHANGES_AT_A_TIME = 5_000;
/** Of one export. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** A table that is not longer is read along with other questions; a longer one in an import of its own. */
const FEW_ROWS = 5_000;
/** Rows of a page of the longer one. */
const PAGE_ROWS = 2_000;
/** A table with more is read in part only. */
const MAX_ROWS = 2_000_000;

export class PostgresqlTables implements TableServer {
  readonly product = "PostgreSQL";
  readonly changesAtATime = CHANGES_AT_A_TIME;
  readonly nextVersion = nextVersion;
  readonly #program: SqoopProgram;
  readonly #questions: Questions;
  readonly #prefix: string;
  readonly #queries: Queries;
  readonly #together: Together<string, readonly unknown[]>;
  /** As they were seen last. Whatever is read by one of them asks in the same run whether it still is so. */
  readonly #seen = new Map<string, PostgresqlTable>();

  constructor({
    program,
    questions,
    inbox,
    prefix,
    queries,
  }: {
    readonly program: SqoopProgram;
    readonly questions: Questions;
    readonly inbox: Inbox;
    readonly prefix: string;
    readonly queries: Queries;
  }) {
    this.#queries = queries;
    this.#program = program;
    this.#questions = questions;
    this.#prefix = prefix;
    this.#together = new Together<string, readonly unknown[]>({
      run: (operations) => this.#merge(inbox, operations),
      maxSize: MAX_BATCH_BYTES,
      sizeOf: ({ length }) => length,
    });
  }

  async list(): Promise<{ name: string; isView: boolean; rows?: number }[]> {
    const answer = await this.#questions.ask(listTables(this.#prefix));
    const tables = answer.map(([name, isView, rows]) => ({
      name: String(name),
      isView: isView === true,
      ...(typeof rows === "number" && rows >= 0 ? { rows } : {}),
    }));
    return [...tables, ...Object.keys(this.#queries).map((name) => ({ name: QUERY + name, isView: true }))];
  }

  /** As it was seen last, where it was: a run of its own would take as long as the one that reads. */
  async describe(table: string): Promise<PostgresqlTable> {
    return this.#seen.get(table) ?? this.describeNow(table);
  }

  /** @throws BackendError "unknown-table" */
  async describeNow(name: string): Promise<PostgresqlTable> {
    const query = queryOf(this.#queries, name);
    const question =
      query === undefined ? describeTable(this.#prefix, name) : describeQuery(this.#prefix, query);
    const answer = await this.#questions.ask(question);
    // Unless the answer says what it is now.
    this.#seen.delete(name);
    const table = query === undefined ? tableOf(name, answer) : queryTableOf(name, query, answer);
    this.#seen.set(name, table);
    return table;
  }

  async identity(table: string): Promise<string> {
    return (await this.describe(table)).identity;
  }

  async examine(plan: ServerPlan): Promise<{ reads: string; readOnly?: string }> {
    const table = ownOf(plan);
    requireMappable(plan, table);
    const where = conditionOf(plan, table);
    if ((table.rows ?? 0) > MAX_ROWS && where === undefined) throw tooManyRows(table);
    const about = table.rows === undefined ? "" : `, about ${table.rows.toLocaleString("en")} rows`;
    const reads = `${where === undefined ? "all of the table" : "a part of the table by its scope"}${about}, by an import of Sqoop, which took ${(this.#program.lastRunMs / 1000).toFixed(1)} s the last time`;
    const readOnly = readOnlyReason(table);
    return { reads, ...(readOnly === undefined ? {} : { readOnly }) };
  }

  async *scan(
    plan: ServerPlan,
    columns: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly FoundRow[]> {
    const table = ownOf(plan);
    const texts = columns.map((column) => columnText(column, table.types.get(column)));
    const where = conditionOf(plan, table);
    const few = await this.#ask(plan, selectRows(table.sql, texts, where, FEW_ROWS + 1));
    signal.throwIfAborted();
    if (few.length <= FEW_ROWS) {
      yield few.map((row) => foundRow(table, columns, row));
      return;
    }
    let page: FoundRow[] = [];
    const all = selectRows(table.sql, texts, where, undefined);
    for await (const row of this.#questions.stream(all, signal)) {
      page.push(foundRow(table, columns, row));
      if (page.length < PAGE_ROWS) continue;
      yield page;
      page = [];
    }
    yield page;
  }

  async find(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly (readonly Cell[])[],
  ): Promise<(FoundRow | undefined)[]> {
    if (keys.length === 0) return [];
    const table = ownOf(plan);
    const key = plan.keyColumns.map((column) => ({ column: sqlName(column), base: baseOf(table, column) }));
    const texts = [...plan.keyColumns, ...columns].map((column) =>
      columnText(column, table.types.get(column)),
    );
    const wanted = keys.map((cells) =>
      cells.map((cell, i) => literalOf(table, plan.keyColumns[i] ?? "", cell) ?? ""),
    );
    const answer = await this.#ask(plan, findRows(table.sql, texts, key, wanted));
    const found: (FoundRow | undefined)[] = keys.map(() => undefined);
    for (const [place, ...cells] of answer) {
      const own = foundRow(table, plan.keyColumns, cells.slice(0, plan.keyCount));
      // Equal for the database, and another key of ours: 1.0 and 1.00.
      const isSame = own.cells.every((cell, i) => isSameCell(cell, keys[Number(place)]?.[i] ?? null));
      if (isSame) found[Number(place)] = foundRow(table, columns, cells.slice(plan.keyCount));
    }
    return found;
  }

  refusalOf(plan: ServerPlan, column: string, cell: Cell): string | undefined {
    const { types, columns } = ownOf(plan);
    const described = columns.find(({ name }) => name === column);
    const type = types.get(column);
    if (type === undefined) return `columns of the type ${described?.type ?? "other"} cannot be written`;
    if (cell === null) return undefined;
    const text = type.toText(cell);
    return text instanceof NotRepresentable ? text.reason : undefined;
  }

  async change(plan: ServerPlan, change: RowChange): Promise<ChangeResult> {
    const answer = await this.#together.add(encoded(plan, ownOf(plan), change));
    const [is, ...cells] = answer;
    if (is === "rejected") return refusalOf(cells);
    return { is: is === "applied" ? "applied" : "missed" };
  }

  /**
   * Rows of the table as it is now: what it is like is asked for in the same run.
   *
   * @throws BackendError "unknown-table"; "mapping-mismatch" naming what is gone, or that it was another table meanwhile.
   */
  async #ask(plan: ServerPlan, question: Question): Promise<Answer> {
    const [answer, now] = await Promise.allSettled([
      this.#questions.ask(question),
      this.describeNow(plan.table.name),
    ]);
    if (now.status === "rejected") throw now.reason;
    requireSame(plan, now.value);
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  async #merge(inbox: Inbox, operations: readonly string[]): Promise<Answer> {
    const answer = await inbox.merge(operations, (batch, count) => mergeRows(this.#prefix, batch, count));
    const bySeq = new Map(answer.map(([seq, ...row]) => [seq, row]));
    return operations.map((_, seq) => bySeq.get(seq) ?? []);
  }
}

/** What `describe` gave. */
const ownOf = ({ table }: ServerPlan): PostgresqlTable => table as PostgresqlTable;

/** @throws BackendError "mapping-mismatch" where a question that was made for the one is none for the other. */
function requireSame(plan: ServerPlan, now: PostgresqlTable): void {
  const before = ownOf(plan);
  const { read } = new ServerPlan(plan.mapping, now);
  const isSame =
    before.sql === now.sql && read.every((name) => before.types.get(name) === now.types.get(name));
  if (isSame) return;
  throw new BackendError(
    "mapping-mismatch",
    `The table ${JSON.stringify(now.name)} was changed while it was read: try again.`,
  );
}

function readOnlyReason({ isView, canMerge }: PostgresqlTable): string | undefined {
  if (isView) return "It is a view or a query: its rows are read only.";
  if (canMerge) return undefined;
  return "The function that merges rows is not there yet: `driftscope init CONNECTION` shows it and makes it.";
}

/** @throws BackendError "mapping-mismatch" */
function requireMappable({ read }: ServerPlan, { columns, types }: PostgresqlTable): void {
  const other = columns.find(({ name }) => read.includes(name) && !types.has(name));
  if (other === undefined) return;
  throw new BackendError(
    "mapping-mismatch",
    `The column ${JSON.stringify(other.name)} is of the type ${other.type}, which cannot be mapped: leave it out.`,
  );
}

function tooManyRows({ name, rows = 0 }: PostgresqlTable): BackendError {
  return new BackendError(
    "mapping-mismatch",
    `The table ${JSON.stringify(name)} has about ${rows.toLocaleString("en")} rows, more than ${MAX_ROWS.toLocaleString("en")} are not read at once: give the mapping a scope.`,
  );
}

function foundRow(table: PostgresqlTable, columns: readonly string[], row: readonly unknown[]): FoundRow {
  const cells = columns.map((column, i): Cell | NotRepresentable => {
    const text = row[i];
    if (typeof text !== "string") return null;
    const type = table.types.get(column);
    if (type !== undefined) return type.toCell(text);
    return new NotRepresentable(`the column ${column} is of a type that cannot be mapped`);
  });
  return { cells };
}

function isSameCell(one: Cell | NotRepresentable, other: Cell): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  return Object.is(one, other);
}

const baseOf = ({ types }: PostgresqlTable, column: string): string => types.get(column)?.base ?? "text";

/** @throws TypeError for a cell that refusalOf refuses */
function literalOf({ types }: PostgresqlTable, column: string, cell: Cell): string | null {
  if (cell === null) return null;
  const text = types.get(column)?.toText(cell);
  if (typeof text !== "string") throw new TypeError(`The column ${column} cannot hold the cell`);
  return text;
}

/** As the function of the database reads it. */
function encoded(
  plan: ServerPlan,
  table: PostgresqlTable,
  { kind, key, set, from, clock }: RowChange,
): string {
  const triple = (column: string, cell: Cell): readonly (string | null)[] => [
    column,
    baseOf(table, column),
    literalOf(table, column, cell),
  ];
  const isTime = clock !== undefined && baseOf(table, clock.column).startsWith("timestamp");
  return JSON.stringify({
    kind,
    schema: table.schema,
    table: table.ownName,
    key: plan.keyColumns.map((column, i) => triple(column, key[i] ?? null)),
    set: Array.from(set, ([column, cell]) => triple(column, cell)),
    from: Array.from(from, ([column, cell]) => triple(column, cell)),
    ...(clock === undefined
      ? {}
      : { clock: clock.column, now: isTime ? "time" : (clock.clock ?? "dateText") }),
  });
}

/**
 * As much of a scope as the database decides just as core/mapping/scope-cells.ts does: the rows that it finds are all of the
 * scope's, and perhaps some more. Undefined = all rows.
 */
function conditionOf(plan: ServerPlan, table: PostgresqlTable): string | undefined {
  const { scope } = plan.mapping;
  return scope && scopeSql(scope, plan, table);
}

function scopeSql(scope: BoundScope, plan: ServerPlan, table: PostgresqlTable): string | undefined {
  if ("and" in scope) {
    const parts = scope.and.flatMap((each) => scopeSql(each, plan, table) ?? []);
    return parts.length === 0 ? undefined : `(${parts.join(" AND ")})`;
  }
  if (!("column" in scope)) return undefined;
  const { column, is, value } = scope;
  const name = sqlName(column);
  if (is === "isNull") return `${name} IS NULL`;
  if (is === "isNotNull") return `${name} IS NOT NULL`;
  const type = table.types.get(column);
  const cell = value === undefined ? undefined : plan.codec.cellOfLiteral(column, value);
  if (type?.isPlain !== true || cell === undefined || cell === null) return undefined;
  // Texts have an order of their own in every database.
  if (is !== "=" && type.base === "text") return undefined;
  const text = type.toText(cell);
  if (typeof text !== "string" || is === "!=") return undefined;
  return `${name} ${is} ${sqlText(text)}::${type.base}`;
}
