/** Finding leaves by key. The functions work on the tables of the caller's transaction. */
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { FIRST_KEY, LAST_KEY, type LocalTables } from "./local-database.ts";

/** From this many keys on, listing all leaves between them is one request instead of one for each key. */
const MANY_KEYS = 32;

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

/** First keys, each once, of the leaves that hold, or would hold, these keys (ascending). */
export async function firstsHolding(
  tables: LocalTables,
  base: number,
  keys: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const [lowest] = keys;
  const highest = keys.at(-1);
  if (lowest === undefined || highest === undefined) return [];
  if (keys.length < MANY_KEYS) {
    // All asked at once: one after the other, most of the time would go by between them.
    const firsts = await Promise.all(keys.map((key) => firstOfLeafAt(tables, base, key)));
    return firsts.filter(
      (first, i): first is Uint8Array => first !== undefined && !isSameKey(first, firsts[i - 1]),
    );
  }
  const between = await firstsOfLeaves(tables, base, lowest, highest);
  let next = 0;
  return between.filter((_first, i) => {
    const after = between[i + 1];
    const from = next;
    while (next < keys.length && (after === undefined || compareBytes(keys[next] as Uint8Array, after) < 0)) {
      next += 1;
    }
    return next > from;
  });
}

function isSameKey(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && compareBytes(a, b) === 0;
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
