/** Conditions of a scope on cells, as a database that compares bytes decides them. */
import { compareBytes } from "../key/compare-bytes.ts";
import { type Cell, NotRepresentable } from "./cell.ts";
import { type ConversionName, toCell } from "./conversions.ts";
import type { BoundScope, ScopeCondition, ScopeLiteral } from "./scope.ts";

/** @param as What the column is mapped as; undefined for one that the mapping leaves out. */
export function literalToCell(
  literal: ScopeLiteral,
  as: ConversionName | undefined,
): Exclude<Cell, null> | NotRepresentable {
  const cell = as === undefined ? naturalCell(literal) : toCell(valueFor(literal, as), as);
  return cell === null ? new NotRepresentable("the value stands for NULL: use isNull") : cell;
}

function naturalCell(literal: ScopeLiteral): Exclude<Cell, null> | NotRepresentable {
  if (typeof literal === "boolean") return literal ? 1n : 0n;
  if (typeof literal === "number") return Number.isSafeInteger(literal) ? BigInt(literal) : literal;
  return literal.isWellFormed() ? literal : new NotRepresentable("the value holds a lone surrogate");
}

function valueFor(literal: ScopeLiteral, as: ConversionName): unknown {
  if (as.startsWith("date")) return new Date(typeof literal === "boolean" ? Number.NaN : literal);
  if (as.startsWith("bigint") && typeof literal === "string" && /^-?\d+$/.test(literal))
    return BigInt(literal);
  return literal;
}

/**
 * Whether a row is in the scope. A comparison with NULL, with a cell of another class, or with what is no cell, is never
 * true.
 *
 * @param cellOf The row's cell of a column.
 * @param wantedOf What a condition's value is as a cell.
 */
export function isInScope(
  scope: BoundScope,
  cellOf: (column: string) => Cell | NotRepresentable,
  wantedOf: (condition: ScopeCondition<ScopeLiteral>) => Cell,
): boolean {
  if ("and" in scope) return scope.and.every((each) => isInScope(each, cellOf, wantedOf));
  if ("or" in scope) return scope.or.some((each) => isInScope(each, cellOf, wantedOf));
  if ("not" in scope) return !isInScope(scope.not, cellOf, wantedOf);
  const cell = cellOf(scope.column);
  if (scope.is === "isNull") return cell === null;
  if (scope.is === "isNotNull") return cell !== null;
  const order = cell instanceof NotRepresentable ? undefined : compareCells(cell, wantedOf(scope));
  if (order === undefined) return false;
  switch (scope.is) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

/** Undefined where the two cannot be compared. */
function compareCells(a: Cell, b: Cell): number | undefined {
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  const areNumbers = isNumeric(a) && isNumeric(b);
  if (!areNumbers) return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
}

const isNumeric = (cell: Cell): cell is number | bigint =>
  typeof cell === "number" || typeof cell === "bigint";

/** The order of UTF-8 bytes, which is not that of UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for what is above every other unit. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
