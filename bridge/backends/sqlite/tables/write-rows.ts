/**
 * Compare-and-sets on somebody's own table, inside a write transaction of the caller's, which no other writer's
 * can come into: what is read here is what is written over.
 */
import { randomUUID } from "node:crypto";
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { digestsEqual } from "../../../../core/digest/digester.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { VersionColumn } from "../../../../core/mapping/columns-mapping.ts";
import type { StoredPut } from "../../../../core/protocol/stored.ts";
import type { BackendOutcome, BackendWrite } from "../../backend.ts";
import { digestOf, type TableRow, toRecord } from "../../shared/tables/table-row.ts";
import { type ExactCell, quoteIdentifier, type SqliteFile } from "../driver.ts";
import { refusalOf } from "./constraint-words.ts";
import { findRow, type KeyCondition, keyCondition } from "./find-rows.ts";
import type { BoundCell } from "./row-cells.ts";
import type { TablePlan } from "./table-plan.ts";
import { decodeRest } from "./table-rest.ts";

/** The transaction is gone: a trigger or a constraint of the table took all of it back. */
export class TransactionTakenBack extends Error {
  override readonly name = "TransactionTakenBack";
}

export interface RowTarget {
  readonly file: SqliteFile;
  readonly plan: TablePlan;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const rejected = (code: string, reason: string): BackendOutcome => ({ status: "rejected", code, reason });

/** @throws TransactionTakenBack */
export function writeRow(target: RowTarget, operation: BackendWrite): BackendOutcome {
  const { file, plan } = target;
  const where = keyCondition(plan, operation.key);
  if (where instanceof NotRepresentable) return rejected("not-representable", `${capital(where.reason)}.`);
  const there = findRow(file, plan, where);
  const current = there?.token ?? null;
  if (current !== operation.expect) return { status: "missed", current: toRecord(operation.key, there) };
  if (there !== undefined && !there.inScope) {
    return rejected("left-scope", "The row is outside the mapping's scope (by now).");
  }
  if (operation.write === "absent") return rejected("unsupported", "A row of a table cannot be fenced.");
  if (operation.write === "delete") {
    return there === undefined
      ? { status: "applied" }
      : inSavepoint(target, undefined, () => remove(target, where));
  }
  return put(target, operation.key, operation.write, where, there);
}

function put(
  target: RowTarget,
  key: Uint8Array,
  write: StoredPut,
  where: KeyCondition,
  there: TableRow | undefined,
): BackendOutcome {
  const { plan } = target;
  const record = decodeValue(decoder.decode(write.body));
  if (!digestsEqual(digestOf(record), write.digest)) {
    return rejected("digest-mismatch", "The record's text is not the record that the operation names.");
  }
  const cells = plan.codec.recordToCells(key, record);
  if (cells instanceof NotRepresentable) return rejected("not-representable", `${capital(cells.reason)}.`);
  const rest =
    write.rest && there === undefined ? decodeRest(plan, write.rest) : new Map<string, BoundCell>();
  if (rest instanceof NotRepresentable) return rejected("not-representable", `${capital(rest.reason)}.`);
  return inSavepoint(target, cells, () => {
    if (there === undefined) insert(target, cells, rest);
    else update(target, cells, where);
    return readBack(target, write, where, there);
  });
}

/** What the database made something else of is taken back: written half is not written. */
function readBack(
  { file, plan }: RowTarget,
  write: StoredPut,
  where: KeyCondition,
  before: TableRow | undefined,
): BackendOutcome {
  const row = findRow(file, plan, where);
  if (row === undefined) return rejected("changed-by-database", "The database keeps it under another key.");
  if (row.record instanceof NotRepresentable) {
    return rejected("changed-by-database", `The database makes something else of it: ${row.record.reason}.`);
  }
  if (!digestsEqual(digestOf(row.record), write.digest)) {
    const reason = `The database makes something else of it, by a trigger, a column's type or a generated column: ${differences(plan, write, row)}.`;
    return rejected("changed-by-database", reason);
  }
  if (!row.inScope) return rejected("outside-scope", "The row would be outside the mapping's scope.");
  if (row.token === before?.token && plan.version !== undefined) {
    const reason = `The version column ${plan.version.column} did not move, though the mapping says that it does (${plan.version.moves}).`;
    return rejected("version-stood-still", reason);
  }
  return { status: "applied", token: row.token };
}

function differences(plan: TablePlan, write: StoredPut, row: TableRow): string {
  const wanted = decodeValue(decoder.decode(write.body));
  const names = plan.mapping.columns.fields
    .filter(({ path }) => path.length > 0 && !sameAt(wanted, row.record, path))
    .map(({ column }) => column);
  return names.length === 0 ? "its value" : `column ${names.join(", ")}`;
}

function sameAt(a: unknown, b: unknown, path: readonly string[]): boolean {
  const at = (value: unknown): unknown =>
    path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);
  return digestsEqual(digestOf(at(a)), digestOf(at(b)));
}

function insert(
  { file, plan }: RowTarget,
  cells: ReadonlyMap<string, Cell>,
  rest: Map<string, BoundCell>,
): void {
  const values = new Map<string, { readonly sql: string; readonly parameters: readonly ExactCell[] }>();
  const bind = (column: string, { sql, parameter }: BoundCell): void => {
    if (plan.describe(column)?.generated !== true) values.set(column, { sql, parameters: [parameter] });
  };
  for (const [column, bound] of rest) bind(column, bound);
  for (const [column, cell] of plan.codec.fixed) bind(column, plan.binder.bind(cell));
  for (const [column, cell] of cells) bind(column, plan.binder.bind(cell));
  const { version } = plan;
  if (version !== undefined && !rest.has(version.column)) {
    const first = firstVersion(plan, version);
    if (first !== undefined) values.set(version.column, first);
  }
  const columns = Array.from(values.keys(), quoteIdentifier).join(", ");
  const placed = Array.from(values.values(), ({ sql }) => sql).join(", ");
  // OR ABORT: a conflict clause of the table's own must not delete other rows for this one.
  file
    .exactStatement(`INSERT OR ABORT INTO ${plan.quotedName} (${columns}) VALUES (${placed})`)
    .run(Array.from(values.values()).flatMap(({ parameters }) => parameters));
}

function update({ file, plan }: RowTarget, cells: ReadonlyMap<string, Cell>, where: KeyCondition): void {
  const sets: string[] = [];
  const parameters: ExactCell[] = [];
  const keys = new Set(plan.keyColumns);
  for (const [column, cell] of cells) {
    if (keys.has(column) || plan.describe(column)?.generated === true) continue;
    const { sql, parameter } = plan.binder.bind(cell);
    sets.push(`${quoteIdentifier(column)} = ${sql}`);
    parameters.push(parameter);
  }
  if (plan.version !== undefined) {
    const next = nextVersion(plan, plan.version);
    if (next !== undefined) {
      sets.push(`${quoteIdentifier(plan.version.column)} = ${next.sql}`);
      parameters.push(...next.parameters);
    }
  }
  if (sets.length === 0) return;
  file
    .exactStatement(`UPDATE OR ABORT ${plan.quotedName} SET ${sets.join(", ")} WHERE ${where.sql}`)
    .run([...parameters, ...where.parameters]);
}

function remove({ file, plan }: RowTarget, where: KeyCondition): BackendOutcome {
  file.exactStatement(`DELETE FROM ${plan.quotedName} WHERE ${where.sql}`).run(where.parameters);
  if (findRow(file, plan, where) === undefined) return { status: "applied" };
  return rejected("changed-by-database", "The row is still there after it was deleted: a trigger keeps it.");
}

interface SqlValue {
  readonly sql: string;
  readonly parameters: readonly ExactCell[];
}

/** Undefined: the database gives it. */
function firstVersion(plan: TablePlan, version: VersionColumn): SqlValue | undefined {
  if (version.moves === "trigger" || plan.describe(version.column)?.default !== undefined) return undefined;
  return version.moves === "increment" ? { sql: "?", parameters: [1n] } : nextVersion(plan, version);
}

function nextVersion(plan: TablePlan, { column, moves, clock }: VersionColumn): SqlValue | undefined {
  switch (moves) {
    case "trigger":
      return undefined;
    case "increment":
      return { sql: `coalesce(${quoteIdentifier(column)}, 0) + 1`, parameters: [] };
    case "uuid": {
      const { sql, parameter } = plan.binder.bind(randomUUID());
      return { sql, parameters: [parameter] };
    }
    case "clock":
      return { sql: CLOCKS[clock ?? "dateText"], parameters: [] };
  }
}

const CLOCKS: Readonly<Record<NonNullable<VersionColumn["clock"]>, string>> = {
  dateMilliseconds: "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
  dateSeconds: "CAST(strftime('%s', 'now') AS INTEGER)",
  dateText: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
  dateSql: "datetime('now')",
};

/** One operation's failure is its own. @throws TransactionTakenBack */
function inSavepoint(
  { file, plan }: RowTarget,
  cells: ReadonlyMap<string, Cell> | undefined,
  work: () => BackendOutcome,
): BackendOutcome {
  file.exec("SAVEPOINT operation");
  let outcome: BackendOutcome;
  try {
    outcome = work();
  } catch (error) {
    if (!file.inTransaction) throw new TransactionTakenBack(String(error), { cause: error });
    file.exec("ROLLBACK TO operation; RELEASE operation");
    const refusal = refusalOf(error, file, plan, cells);
    if (refusal === undefined) throw error;
    return { status: "rejected", ...refusal };
  }
  file.exec(outcome.status === "applied" ? "RELEASE operation" : "ROLLBACK TO operation; RELEASE operation");
  return outcome;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
