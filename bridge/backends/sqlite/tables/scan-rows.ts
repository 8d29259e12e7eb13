/**
 * Rows in the order of their keys.
 *
 * Where SQLite has that order in an index, rows come in pages, each one SELECT. It has it not where there is no
 * index on the key, and not for texts that are ordered otherwise: SQLite compares UTF-8 bytes, IndexedDB UTF-16
 * units, and the two differ where characters beyond U+FFFF meet those from U+E000 on. Then all rows are read in
 * one snapshot and sorted here.
 */
import { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { encodeEntryBatch } from "../../../../core/batch/entry-batch-codec.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { decodeKey } from "../../../../core/key/decode-key.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import type { Key } from "../../../../core/key/key.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import { BYTE_CONVERSIONS, type ConversionName } from "../../../../core/mapping/conversions.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { ExternalSort, SortedEntry } from "../../../sort/external-sort.ts";
import type { BackendScan, EncodedEntries } from "../../backend.ts";
import { isWithin } from "../../shared/tables/key-range.ts";
import { KEYLESS, keylessEntry, MAX_KEYLESS, tooManyKeyless } from "../../shared/tables/keyless-rows.ts";
import { headOf } from "../../shared/tables/table-row.ts";
import { type ExactCell, quoteIdentifier, type SqliteFile } from "../driver.ts";
import type { TablePlan } from "./table-plan.ts";

export const DEFAULT_PAGE_ROWS = 1000;

/** Key columns whose cells SQLite has in our order; texts are looked at. */
const ORDERED: ReadonlySet<ConversionName> = new Set([
  "integer",
  "real",
  "dateMilliseconds",
  "dateSeconds",
  "buffer",
  "text",
]);

interface Condition {
  readonly sql: string;
  readonly parameters: readonly ExactCell[];
}

/** Whether pages of an index come in our order. */
export function isOrderedByIndex(file: SqliteFile, plan: TablePlan): boolean {
  const { key } = plan.mapping.columns;
  if (key.some(({ as }) => !ORDERED.has(as)) || plan.table.isView) return false;
  const texts = key.filter(({ as }) => as === "text").map(({ column }) => column);
  if (texts.length > 0 && plan.encoding !== "UTF-8") return false;
  const hasOrder = plan.table.orders.some((columns) =>
    plan.keyColumns.every((column, i) => columns[i] === column),
  );
  if (!hasOrder) return false;
  return texts.every((column) => !hasBothHighRanges(file, plan, column));
}

/** Characters beyond U+FFFF, and others from U+E000 on: only together are they ordered otherwise. */
function hasBothHighRanges(file: SqliteFile, plan: TablePlan, column: string): boolean {
  const name = quoteIdentifier(column);
  const has = (from: string, to: string): boolean =>
    file
      .statement(`SELECT 1 FROM ${plan.quotedName} WHERE ${name} GLOB '*[${from}-${to}]*' LIMIT 1`)
      .get([]) !== undefined;
  return has("\u{10000}", "\u{10ffff}") && has("\ue000", "\uffff");
}

/** BINARY, whatever the column says: the keys' bytes decide. */
function orderOf(plan: TablePlan): string {
  return plan.keyColumns.map((column) => `${quoteIdentifier(column)} COLLATE BINARY`).join(", ");
}

export interface ScanPage {
  readonly entries: EncodedEntries | undefined;
  /** Where the next page starts; undefined when this was the last. */
  readonly last: Uint8Array | undefined;
}

/**
 * A page of rows by the index's order. Keyless rows are not in it.
 *
 * @param from The last row's key of the page before; undefined for the first.
 */
export function orderedPage(
  file: SqliteFile,
  plan: TablePlan,
  range: BackendScan,
  from: Uint8Array | undefined,
  limit: number,
): ScanPage {
  const conditions = [
    usableKeys(plan),
    ...bounds(plan, range),
    ...(from === undefined ? [] : [behind(plan, from)]),
    ...(plan.scope ? [plan.scope] : []),
  ];
  const { sql, parameters } = plan.selection;
  const rows = file
    .exactStatement(
      `SELECT ${sql} FROM ${plan.quotedName} WHERE ${conditions.map((each) => each.sql).join(" AND ")}
       ORDER BY ${orderOf(plan)} LIMIT ${limit}`,
    )
    .all([...parameters, ...conditions.flatMap((each) => each.parameters)]);
  const builder = new EntryBatchBuilder();
  let last = from;
  for (const cells of rows) {
    const row = plan.toRow(cells);
    const { key } = row;
    if (key instanceof NotRepresentable) throw unreadableKey(plan, key);
    if (last !== undefined && compareBytes(last, key) >= 0) throw outOfOrder(plan);
    last = key;
    if (!isWithin(key, range)) continue;
    const { state, digest, token } = headOf(row);
    builder.push(key, state, digest, token);
  }
  const count = builder.count;
  const entries = count === 0 ? undefined : { count, bytes: encodeEntryBatch(builder.build()) };
  const isEnd =
    rows.length < limit ||
    (range.upper !== undefined && last !== undefined && compareBytes(last, range.upper) >= 0);
  return { entries, last: isEnd ? undefined : last };
}

function unreadableKey(plan: TablePlan, key: NotRepresentable): ProtocolError {
  return new ProtocolError(
    "malformed-row",
    `A row of ${plan.table.name} has a key that no record can have (${key.reason}): mend it in the database, or read its key otherwise.`,
  );
}

function outOfOrder(plan: TablePlan): ProtocolError {
  return new ProtocolError(
    "incomplete",
    `Keys of ${plan.table.name} changed their order meanwhile: try again.`,
  );
}

/** The classes of cells that can be keys at all. */
function usableKeys(plan: TablePlan): Condition {
  const parts = plan.mapping.columns.key.map(({ column, as }) => {
    const name = quoteIdentifier(column);
    if (as === "text" || as === "dateText" || as === "dateSql") return `typeof(${name}) = 'text'`;
    if (BYTE_CONVERSIONS.has(as)) return `typeof(${name}) = 'blob'`;
    const safe = `${name} BETWEEN -9007199254740991 AND 9007199254740991`;
    if (plan.table.rowidColumn === column) return safe;
    return as === "real"
      ? `(typeof(${name}) = 'real' OR (typeof(${name}) = 'integer' AND ${safe}))`
      : `(typeof(${name}) = 'integer' AND ${safe})`;
  });
  return { sql: `(${parts.join(" AND ")})`, parameters: [] };
}

/** Behind a row of this table, whose place in the index is its place among our keys. */
function behind(plan: TablePlan, key: Uint8Array): Condition {
  const cells = plan.codec.keyToCells(key);
  if (cells instanceof NotRepresentable) throw unreadableKey(plan, cells);
  return comparison(plan, cells, ">");
}

/** Bounds that SQLite can use. They may let through too much, never too little: `isWithin` decides. */
function bounds(plan: TablePlan, { after, lower, upper }: BackendScan): Condition[] {
  const conditions: Condition[] = [];
  for (const [key, operator] of [
    [after, ">="],
    [lower, ">="],
    [upper, "<="],
  ] as const) {
    const condition = key === undefined ? undefined : bound(plan, key, operator);
    if (condition !== undefined) conditions.push(condition);
  }
  return conditions;
}

function bound(plan: TablePlan, key: Uint8Array, operator: ">=" | "<="): Condition | undefined {
  const decoded = decodedKey(key);
  if (decoded === undefined || !isOrderedAlike(decoded)) return undefined;
  const cells = plan.codec.keyToCells(encodeKey(decoded));
  if (cells instanceof NotRepresentable) return undefined;
  return comparison(plan, cells, operator);
}

function comparison(plan: TablePlan, cells: readonly Cell[], operator: ">" | ">=" | "<="): Condition {
  const bound = cells.map((cell) => plan.binder.bind(cell));
  const columns = plan.keyColumns.map((column) => `${quoteIdentifier(column)} COLLATE BINARY`).join(", ");
  const values = bound.map(({ sql }) => sql).join(", ");
  return {
    sql: bound.length === 1 ? `${columns} ${operator} ${values}` : `(${columns}) ${operator} (${values})`,
    parameters: bound.map(({ parameter }) => parameter),
  };
}

/** The key, or the key that these bytes are the very next after. */
function decodedKey(bytes: Uint8Array): Key | undefined {
  for (const candidate of [bytes, bytes.subarray(0, -1)]) {
    try {
      return decodeKey(candidate);
    } catch {
      // Bounds need not be keys.
    }
  }
  return undefined;
}

/** Texts below U+D800 are on the same side of every other text in both orders. */
function isOrderedAlike(key: Key): boolean {
  if (typeof key === "string") return !/[\ud800-\uffff]/.test(key);
  return Array.isArray(key) ? key.every(isOrderedAlike) : true;
}

/** As shared/tables/keyless-rows.ts tells of them. @throws ProtocolError "mapping-mismatch" when there are too many. */
export function keylessEntries(file: SqliteFile, plan: TablePlan, range: BackendScan): SortedEntry[] {
  if (range.upper !== undefined && compareBytes(range.upper, KEYLESS) <= 0) return [];
  const conditions = [
    { sql: `NOT coalesce(${usableKeys(plan).sql}, 0)`, parameters: [] },
    ...(plan.scope ? [plan.scope] : []),
  ];
  const { sql, parameters } = plan.selection;
  const rows = file
    .exactStatement(
      `SELECT ${sql} FROM ${plan.quotedName} WHERE ${conditions.map((each) => each.sql).join(" AND ")} LIMIT ${MAX_KEYLESS + 1}`,
    )
    .all([...parameters, ...conditions.flatMap((each) => each.parameters)]);
  if (rows.length > MAX_KEYLESS) throw tooManyKeyless(plan.table.name, plan.keyColumns);
  const entries = rows.map((cells) => keylessEntry(plan.toRow(cells), cells.slice(1, -1)));
  return entries.sort((a, b) => compareBytes(a.key, b.key)).filter(({ key }) => isWithin(key, range));
}

/** Every row of the snapshot, into a sort; keyless ones are left out. Yields now and then. */
export function* fillSort(
  file: SqliteFile,
  plan: TablePlan,
  range: BackendScan,
  sort: ExternalSort,
): Generator<void> {
  const conditions = [usableKeys(plan), ...(plan.scope ? [plan.scope] : [])];
  const { sql, parameters } = plan.selection;
  const rows = file
    .exactStatement(
      `SELECT ${sql} FROM ${plan.quotedName} WHERE ${conditions.map((each) => each.sql).join(" AND ")}`,
    )
    .iterate([...parameters, ...conditions.flatMap((each) => each.parameters)]);
  let count = 0;
  for (const cells of rows) {
    const row = plan.toRow(cells);
    const { key } = row;
    if (key instanceof NotRepresentable) throw unreadableKey(plan, key);
    if (isWithin(key, range)) {
      const { state, digest, token } = headOf(row);
      sort.add({ key, state, digest, token });
    }
    if (++count % DEFAULT_PAGE_ROWS === 0) yield;
  }
}
