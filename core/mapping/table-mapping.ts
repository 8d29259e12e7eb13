/** A mapping's settings as each side of a columns mapping needs them, with the scope's values in their places. */
import type { RowMapping } from "./columns-codec.ts";
import type { ColumnsMapping } from "./columns-mapping.ts";
import type { MappingSettings } from "./mapping-settings.ts";
import { type BoundScope, bindScope } from "./scope.ts";

/** What a view of a table is made of. */
export interface TableMapping {
  readonly columns: ColumnsMapping;
  readonly scope?: BoundScope;
}

/** What the backend needs; undefined where the remote is a collection of our own. @throws ScopeError */
export function tableMappingOf({ columns, scope }: MappingSettings): TableMapping | undefined {
  if (columns === undefined) return undefined;
  return { columns, ...(scope === undefined ? {} : { scope: bindScope(scope) }) };
}

/** What the page's agent needs: nothing of the table but what a record becomes there. @throws ScopeError */
export function rowMappingOf(settings: MappingSettings): RowMapping | undefined {
  const mapping = tableMappingOf(settings);
  return mapping && toRowMapping(mapping);
}

export function toRowMapping({ columns: { key, fields }, scope }: TableMapping): RowMapping {
  return { key, fields, ...(scope === undefined ? {} : { scope }) };
}
