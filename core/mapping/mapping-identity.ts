import { Digester } from "../digest/digester.ts";
import { toHex } from "../key/hex.ts";
import type { ColumnsMapping } from "./columns-mapping.ts";
import type { MappingSettings } from "./mapping-settings.ts";
import { type BoundScope, bindScope } from "./scope.ts";

/** How records are projected when nothing is left out: whole. */
const WHOLE_PROJECTION = "whole";
/** The scope of a mapping that mirrors the whole collection. */
const WHOLE_SCOPE = "all";

/**
 * Names the projection of a mapping. It is part of the base's identity and of the collection's meta, so that
 * digests of one projection are never compared with those of another (decisions 12 and 13).
 */
export function projectionIdOf(settings: MappingSettings): string {
  if (settings.columns !== undefined) return columnsId(settings.columns);
  const ignore = [...new Set(settings.ignore ?? [])].sort();
  return ignore.length === 0 ? WHOLE_PROJECTION : `p1-${toHex(new Digester().digest({ ignore }))}`;
}

/** The order of the fields, what is ignored, and how versions move make no other projection. */
function columnsId({ table, key, fields }: ColumnsMapping): string {
  const sorted = fields
    .map(({ path, column, as, whenNull }) => JSON.stringify([path, column, as, whenNull]))
    .sort();
  const keys = key.map(({ column, as }) => [column, as]);
  return `c1-${toHex(new Digester().digest({ table, keys, fields: sorted }))}`;
}

/**
 * Names the part of the remote that a mapping mirrors: with another value of a parameter it is another part.
 *
 * @throws ScopeError
 */
export function scopeIdOf({ scope }: MappingSettings): string {
  return boundScopeId(scope && bindScope(scope));
}

export function boundScopeId(scope: BoundScope | undefined): string {
  return scope === undefined ? WHOLE_SCOPE : `s1-${toHex(new Digester().digest(scope))}`;
}
