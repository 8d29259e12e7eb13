import type { BaseIdentity } from "./ports.ts";

/**
 * Everything that makes two bases different, in the order in which stored hashes were made of it. As JSON
 * text lone surrogates are escaped, so that names which differ only there stay different.
 */
export function identityParts({
  incarnation,
  collection,
  scopeId,
  projectionId,
  local,
}: BaseIdentity): readonly string[] {
  const { storageKey, bucket, database, store } = local;
  return [incarnation, collection, scopeId, projectionId, storageKey, bucket, database, store];
}
