import { Digester } from "../digest/digester.ts";
import { toHex } from "../key/hex.ts";
import type { MappingSettings } from "./mapping-settings.ts";

/** How records are projected when nothing is left out: whole. */
const WHOLE_PROJECTION = "whole";
/** The scope of a mapping that mirrors the whole collection. */
const WHOLE_SCOPE = "all";

/**
 * Names the projection of a mapping. It is part of the base's identity and of the collection's meta, so that
 * digests of one projection are never compared with those of another (decisions 12 and 13).
 */
export function projectionIdOf(settings: MappingSettings): string {
  const ignore = [...new Set(settings.ignore ?? [])].sort();
  return ignore.length === 0 ? WHOLE_PROJECTION : `p1-${toHex(new Digester().digest({ ignore }))}`;
}

/** Names the part of the remote that a mapping mirrors. */
export function scopeIdOf(_settings: MappingSettings): string {
  return WHOLE_SCOPE;
}
