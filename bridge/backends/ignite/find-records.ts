/** Records by key. */
import type { BackendRecord } from "../backend.ts";
import type { RowHead } from "../shared/document-rows.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { keyText } from "../shared/key-text.ts";
import type { IgniteNode } from "./ignite-node.ts";
import { HEAD, headOf, type RecordsOf, recordOf, rowKey, WHOLE } from "./record-rows.ts";

const KEYS_PER_STATEMENT = 500;
const STATEMENTS_AT_A_TIME = 4;

/** Of a statement's arguments: below the smallest limit that a node has. */
const KEY_BYTES_PER_STATEMENT = 100_000;

/** Missing keys are missing in the map. */
export function findHeads(
  node: IgniteNode,
  records: RecordsOf,
  keys: readonly Uint8Array[],
): Promise<Map<string, RowHead>> {
  return findRows(node, records, keys, HEAD, (row) => headOf(records, row));
}

/** Missing keys are missing in the map. */
export function wholeRecords(
  node: IgniteNode,
  records: RecordsOf,
  keys: readonly Uint8Array[],
): Promise<Map<string, BackendRecord>> {
  return findRows(node, records, keys, WHOLE, (row) => recordOf(records, row));
}

async function findRows<Found extends { readonly key: Uint8Array }>(
  node: IgniteNode,
  records: RecordsOf,
  keys: readonly Uint8Array[],
  columns: string,
  toFound: (row: readonly unknown[]) => Found,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  await inParallel(inStatements(records, keys), STATEMENTS_AT_A_TIME, async (some) => {
    const places = some.map(() => "?").join(", ");
    const sql = `SELECT ${columns} FROM ${records.table} WHERE "k" IN (${places})`;
    for (const row of await node.rows(sql, some)) {
      const one = toFound(row);
      found.set(keyText(one.key), one);
    }
  });
  return found;
}

/** A key that is longer than what a statement takes goes alone: the node says whether it takes that. */
function inStatements(records: RecordsOf, keys: readonly Uint8Array[]): string[][] {
  const statements: string[][] = [];
  let bytes = 0;
  for (const key of keys) {
    const text = rowKey(records, key);
    const last = statements.at(-1);
    bytes += text.length;
    if (last === undefined || last.length === KEYS_PER_STATEMENT || bytes > KEY_BYTES_PER_STATEMENT) {
      statements.push([text]);
      bytes = text.length;
    } else {
      last.push(text);
    }
  }
  return statements;
}
