/** The rows that a scope asks for by their keys: the gateway reads no others. */
import type { BoundScope } from "../../../../core/mapping/scope.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import { ROW_KEY } from "./column-names.ts";

/** Keys are bytes, as text in Latin-1. */
export interface RowRange {
  /** Empty = from the first row. */
  readonly start: string;
  /** Not itself in the range; undefined = to the last row. */
  readonly end: string | undefined;
}

const ALL: RowRange = { start: "", end: undefined };

export const isNarrowed = ({ start, end }: RowRange): boolean => start !== "" || end !== undefined;

/** Never fewer rows than the scope has; the others are left out as they come. */
export function rowRange({ mapping, codec }: Pick<ServerPlan, "mapping" | "codec">): RowRange {
  return mapping.scope === undefined ? ALL : rangeOf(mapping.scope);

  function rangeOf(scope: BoundScope): RowRange {
    if ("and" in scope) return scope.and.map(rangeOf).reduce(both, ALL);
    if ("or" in scope || "not" in scope || scope.column !== ROW_KEY || scope.value === undefined) return ALL;
    const cell = codec.cellOfLiteral(ROW_KEY, scope.value);
    if (!(cell instanceof Uint8Array)) return ALL;
    const key = Buffer.from(cell).toString("latin1");
    switch (scope.is) {
      case "=":
        return { start: key, end: `${key}\0` };
      case ">=":
        return { start: key, end: undefined };
      case ">":
        return { start: `${key}\0`, end: undefined };
      case "<":
        return { start: "", end: key };
      case "<=":
        return { start: "", end: `${key}\0` };
      default:
        return ALL;
    }
  }
}

function both(a: RowRange, b: RowRange): RowRange {
  const start = a.start > b.start ? a.start : b.start;
  if (a.end === undefined || b.end === undefined) return { start, end: a.end ?? b.end };
  return { start, end: a.end < b.end ? a.end : b.end };
}
