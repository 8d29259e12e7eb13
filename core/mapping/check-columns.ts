/** Whether a columns mapping fits the table as it is. */

import { NotRepresentable } from "./cell.ts";
import type { ColumnsMapping, FieldColumn } from "./columns-mapping.ts";
import { BYTE_CONVERSIONS, type ConversionName, KEY_CONVERSION_NAMES } from "./conversions.ts";
import { fieldName } from "./field-cells.ts";
import { type BoundScope, conditionsOf, fixedColumns, type ScopeOperator } from "./scope.ts";
import { literalToCell } from "./scope-cells.ts";
import type { TableDescription } from "./table-description.ts";

/** One thing that does not fit, in words that name it and the next step. */
export type MappingProblem = string;

/** Everything that keeps the mapping from being used at all; empty = nothing. */
export function checkColumns(
  mapping: ColumnsMapping,
  scope: BoundScope | undefined,
  table: TableDescription,
): MappingProblem[] {
  return [...unknownColumns(mapping, scope, table), ...mappingProblems(mapping, scope)];
}

/** What is wrong with the mapping whatever the table is like. */
export function mappingProblems(mapping: ColumnsMapping, scope?: BoundScope): MappingProblem[] {
  return [...keyProblems(mapping), ...fieldProblems(mapping), ...scopeProblems(mapping, scope)];
}

/** Why nothing can be written though everything can be read; undefined = it can be. */
export function readOnlyReason(mapping: ColumnsMapping, table: TableDescription): string | undefined {
  if (table.isView) return `${quoted(table.name)} is a view: views are read-only here.`;
  const key = mapping.key.map(({ column }) => column);
  const isUnique = [table.primaryKey, ...table.unique].some(
    (unique) => unique.length > 0 && unique.every((column) => key.includes(column)),
  );
  if (!isUnique) {
    return `The key columns (${key.join(", ")}) are not unique in ${quoted(table.name)}: no primary key or unique index is made of them.`;
  }
  const loose = table.columns.find(({ name, compares }) => compares !== undefined && key.includes(name));
  if (loose !== undefined) {
    return `The key column ${quoted(loose.name)} compares texts by ${loose.compares}: two keys of the page could be one key there.`;
  }
  return undefined;
}

function* unknownColumns(
  mapping: ColumnsMapping,
  scope: BoundScope | undefined,
  table: TableDescription,
): Generator<MappingProblem> {
  const known = new Set(table.columns.map(({ name }) => name));
  const used = new Map<string, string>();
  for (const { column } of mapping.key) used.set(column, "the key");
  for (const field of mapping.fields) used.set(field.column, fieldName(field));
  if (mapping.version !== undefined) used.set(mapping.version.column, "the version");
  if (scope !== undefined) for (const { column } of conditionsOf(scope)) used.set(column, "the scope");
  for (const [column, by] of used) {
    if (!known.has(column)) {
      yield `The table ${quoted(table.name)} has no column ${quoted(column)} (any more), which ${by} is mapped to: edit the mapping.`;
    }
  }
}

function* keyProblems({ key }: ColumnsMapping): Generator<MappingProblem> {
  if (key.length === 0) yield "The mapping names no key column.";
  for (const { column, as } of key) {
    if (!(KEY_CONVERSION_NAMES as readonly string[]).includes(as)) {
      yield `The key column ${quoted(column)} cannot be read as "${as}": IndexedDB takes no such keys.`;
    }
  }
  if (new Set(key.map(({ column }) => column)).size < key.length) yield "A key column is named twice.";
}

function* fieldProblems({ key, fields, version }: ColumnsMapping): Generator<MappingProblem> {
  if (fields.length === 0) yield "The mapping maps no field.";
  const columns = new Set<string>();
  for (const field of fields) {
    if (columns.has(field.column)) yield `Two fields are mapped to the column ${quoted(field.column)}.`;
    columns.add(field.column);
    const within = fields.find((other) => other !== field && isWithin(field, other));
    if (within !== undefined)
      yield `${fieldName(field)} is part of ${fieldName(within)}, which is mapped too.`;
    const keyColumn = key.find(({ column }) => column === field.column);
    if (keyColumn !== undefined && keyColumn.as !== field.as) {
      yield `The column ${quoted(field.column)} is read as "${keyColumn.as}" for the key and as "${field.as}" for ${fieldName(field)}.`;
    }
  }
  if (
    version !== undefined &&
    (columns.has(version.column) || key.some((k) => k.column === version.column))
  ) {
    yield `The version column ${quoted(version.column)} cannot be a field or a key as well.`;
  }
}

function isWithin(inner: FieldColumn, outer: FieldColumn): boolean {
  return outer.path.length <= inner.path.length && outer.path.every((name, i) => name === inner.path[i]);
}

const ORDERS: ReadonlySet<ScopeOperator> = new Set(["<", "<=", ">", ">="]);
/** Whose bytes have the order of their values. */
const ORDERED_BYTES: ReadonlySet<ConversionName> = new Set(["bytes", "buffer", "textBytes"]);
const isUnordered = (as: ConversionName): boolean => BYTE_CONVERSIONS.has(as) && !ORDERED_BYTES.has(as);

function* scopeProblems(
  { key, fields }: ColumnsMapping,
  scope: BoundScope | undefined,
): Generator<MappingProblem> {
  if (scope === undefined) return;
  const conversions = new Map([...fields, ...key].map(({ column, as }) => [column, as]));
  const fixed = fixedColumns(scope);
  for (const { column, is, value } of conditionsOf(scope)) {
    if (!conversions.has(column) && !fixed.has(column)) {
      yield `The scope asks for ${quoted(column)}, which no field is mapped to: whether a record of the page is in the scope could not be told. Map it, or ask for one value of it with "=".`;
    }
    if (value === undefined) continue;
    const as = conversions.get(column);
    if (ORDERS.has(is) && as !== undefined && isUnordered(as)) {
      yield `The scope asks for ${quoted(column)} by its order, but the bytes of "${as}" have another order than its values: ask with "=" or "!=".`;
    }
    const cell = literalToCell(value, as);
    if (cell instanceof NotRepresentable) yield `The scope's value for ${quoted(column)}: ${cell.reason}.`;
  }
}

const quoted = (name: string): string => JSON.stringify(name);
