/** Finding leaves by key. The functions work on the tables of the caller's transaction. */
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { FIRST_KEY, LAST_KEY, type LocalTables } from "./local-database.ts";

/** The first key of the leaf that holds, or would hold, this key; undefined when it is before all leaves. */
export async function firstOfLeafAt(
  tables: LocalTables,
  base: number,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  const [found] = await tables.leaves
    .where("[base+first]")
    .between([base, FIRST_KEY], [base, key], true, true)
    .reverse()
    .limit(1)
    .primaryKeys();
  return found && asBytes(found[1]);
}

/**
 * First keys of the leaves that keys from `lowest` to `highest` fall into. Keys below all leaves fall into the
 * first one, so that a base which grows downwards does not become tiny leaves.
 */
export async function firstsOfLeaves(
  tables: LocalTables,
  base: number,
  lowest: Uint8Array,
  highest: Uint8Array,
): Promise<Uint8Array[]> {
  const from = (await firstOfLeafAt(tables, base, lowest)) ?? (await firstOfAll(tables, base));
  if (from === undefined) return [];
  const to = compareBytes(from, highest) > 0 ? from : highest;
  const keys = await tables.leaves
    .where("[base+first]")
    .between([base, from], [base, to], true, true)
    .primaryKeys();
  return keys.map(([, first]) => asBytes(first));
}

async function firstOfAll(tables: LocalTables, base: number): Promise<Uint8Array | undefined> {
  const [found] = await tables.leaves
    .where("[base+first]")
    .between([base, FIRST_KEY], [base, LAST_KEY])
    .limit(1)
    .primaryKeys();
  return found && asBytes(found[1]);
}

/** A binary key comes back from IndexedDB as an ArrayBuffer. */
export function asBytes(key: Uint8Array | ArrayBuffer): Uint8Array {
  return key instanceof Uint8Array ? key : new Uint8Array(key);
}
