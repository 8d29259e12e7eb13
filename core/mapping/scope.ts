/**
 * The part of a table that a mapping mirrors (decision 18): a small tree of conditions on columns, whose values
 * are literals or parameters. Columns are named only as the table has them, and values are always bound.
 */

export const SCOPE_OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "isNull", "isNotNull"] as const;
export type ScopeOperator = (typeof SCOPE_OPERATORS)[number];

/** Dates are strings here, in any form that `Date` takes. */
export type ScopeLiteral = string | number | boolean;

export interface ScopeParameter {
  readonly name: string;
  /** Where in the page its value is read: a record of a store, and the property's path in it. */
  readonly from: {
    readonly database: string;
    readonly store: string;
    /** The record's key, as the hexadecimal text of its key bytes. */
    readonly key: string;
    readonly path: readonly string[];
  };
  /**
   * The value that the person has seen and agreed to. Another one in the page is asked about again before it is
   * used.
   */
  readonly consented: ScopeLiteral;
}

export type ScopeValue = ScopeLiteral | { readonly parameter: string };

export interface ScopeCondition<Value = ScopeValue> {
  readonly column: string;
  readonly is: ScopeOperator;
  /** Not with isNull and isNotNull. */
  readonly value?: Value;
}

export type ScopeTree<Value = ScopeValue> =
  | { readonly and: readonly ScopeTree<Value>[] }
  | { readonly or: readonly ScopeTree<Value>[] }
  /** What this is not true of, so also what NULL keeps from being true. */
  | { readonly not: ScopeTree<Value> }
  | ScopeCondition<Value>;

export interface Scope {
  readonly where: ScopeTree;
  readonly parameters?: readonly ScopeParameter[];
}

/** With every value in its place. */
export type BoundScope = ScopeTree<ScopeLiteral>;

class ScopeError extends Error {
  override readonly name = "ScopeError";
  readonly code = "malformed-scope";
}

/** @throws ScopeError where a parameter or a value is missing. */
export function bindScope({ where, parameters = [] }: Scope): BoundScope {
  const values = new Map(parameters.map(({ name, consented }) => [name, consented]));
  return bindTree(where, (value) => {
    if (typeof value !== "object") return value;
    const bound = values.get(value.parameter);
    if (bound === undefined)
      throw new ScopeError(`The scope's parameter "${value.parameter}" is not defined.`);
    return bound;
  });
}

function bindTree(tree: ScopeTree, bound: (value: ScopeValue) => ScopeLiteral): BoundScope {
  if ("and" in tree) return { and: tree.and.map((each) => bindTree(each, bound)) };
  if ("or" in tree) return { or: tree.or.map((each) => bindTree(each, bound)) };
  if ("not" in tree) return { not: bindTree(tree.not, bound) };
  const { column, is, value } = tree;
  if (is === "isNull" || is === "isNotNull") return { column, is };
  if (value === undefined) throw new ScopeError(`The scope's condition on ${column} lacks a value.`);
  return { column, is, value: bound(value) };
}

/** Every condition, wherever it stands in the tree. */
export function* conditionsOf<Value>(tree: ScopeTree<Value>): Generator<ScopeCondition<Value>> {
  if ("and" in tree) for (const each of tree.and) yield* conditionsOf(each);
  else if ("or" in tree) for (const each of tree.or) yield* conditionsOf(each);
  else if ("not" in tree) yield* conditionsOf(tree.not);
  else yield tree;
}

/** The columns whose value the scope settles: those of "=" that hold in every case. */
export function fixedColumns(tree: BoundScope): Map<string, ScopeLiteral> {
  const fixed = new Map<string, ScopeLiteral>();
  collect(tree);
  return fixed;

  function collect(each: BoundScope): void {
    if ("and" in each) for (const one of each.and) collect(one);
    else if ("column" in each && each.is === "=" && each.value !== undefined)
      fixed.set(each.column, each.value);
  }
}

/** Whether no row can be in both; false also where that cannot be told. */
export function areDisjoint(a: BoundScope | undefined, b: BoundScope | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const others = fixedColumns(b);
  for (const [column, value] of fixedColumns(a)) {
    const other = others.get(column);
    if (other !== undefined && typeof other === typeof value && other !== value) return true;
  }
  return false;
}
