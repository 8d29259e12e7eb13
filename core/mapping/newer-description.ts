/** Which of two descriptions of a local database a collection keeps: the schema travels with every push. */
import type { DatabaseSchema, LocalDescription, StoreSchema } from "../session/ports.ts";

/**
 * The stored description brought up to date with one that a page gives now. It never goes back: a page with an
 * older version of the database changes nothing but what it knows better, the numbers of key generators, which
 * only grow. The identity stays that of the page which made the collection.
 *
 * @returns `stored` itself where there is nothing new.
 */
export function newerDescription(stored: LocalDescription, given: LocalDescription): LocalDescription {
  const isOther =
    given.identity.database !== stored.identity.database || given.identity.store !== stored.identity.store;
  if (isOther || given.database === undefined) return stored;
  const isNewer =
    given.databaseVersion > stored.databaseVersion ||
    (stored.database === undefined && given.databaseVersion === stored.databaseVersion);
  const [leading, other] = isNewer ? [given, stored] : [stored, given];
  if (leading.database === undefined) return stored;
  const database = withHighestKeys(leading.database, other.database);
  if (!isNewer && database === stored.database) return stored;
  const { databaseVersion, schema } = leading;
  return { identity: stored.identity, databaseVersion, schema, database };
}

/** `schema` itself where the other one's generators are not ahead. */
export function withHighestKeys(schema: DatabaseSchema, other: DatabaseSchema | undefined): DatabaseSchema {
  let isChanged = false;
  const stores = schema.stores.map((store): StoreSchema => {
    const known = other?.stores.find(({ name }) => name === store.name)?.nextKey;
    if (store.nextKey === undefined || known === undefined || !isAhead(known, store.nextKey)) return store;
    isChanged = true;
    return { ...store, nextKey: known };
  });
  return isChanged ? { ...schema, stores } : schema;
}

/** null = exhausted, the end of all. */
function isAhead(a: number | null, b: number | null): boolean {
  return b !== null && (a === null || a > b);
}
