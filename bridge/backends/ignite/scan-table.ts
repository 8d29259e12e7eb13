/**
 * A scan in key order: pages that go on after the last key.
 *
 * Completeness: a page is one answer, whole or none (its JSON is), of a node that has all rows, since the table is
 * replicated; the scan ends with the page that has fewer rows than were asked for.
 */
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import type { BackendScan } from "../backend.ts";
import type { IgniteNode } from "./ignite-node.ts";
import { endOf, HEAD, headOf, prefixOf, type RecordsOf, rowKey } from "./record-rows.ts";

/** Rows of one answer, of which the next is under way while this one is read. */
const PAGE_ROWS = 10_000;

export async function* scanTable(
  node: IgniteNode,
  records: RecordsOf,
  range: BackendScan,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<EntryBatch> {
  const builder = new EntryBatchBuilder();
  for await (const rows of pages(node, records, range, signal)) {
    for (const row of rows) {
      const { key, state, digest, token } = headOf(records, row);
      builder.push(key, state, digest, token);
      if (builder.count < limit) continue;
      signal.throwIfAborted();
      yield builder.build();
    }
  }
  if (builder.count > 0) yield builder.build();
}

/** A page ahead. */
async function* pages(
  node: IgniteNode,
  records: RecordsOf,
  range: BackendScan,
  signal: AbortSignal,
): AsyncGenerator<unknown[][]> {
  const { table } = records;
  const end = range.upper === undefined ? endOf(records) : rowKey(records, range.upper);
  const pageAfter = (bound: string, operator: ">" | ">="): Promise<unknown[][]> => {
    const sql = `SELECT ${HEAD} FROM ${table} WHERE "k" ${operator} ? AND "k" < ? ORDER BY "k" LIMIT ${PAGE_ROWS}`;
    const page = node.rows(sql, [bound, end]);
    // Whoever stops in between does not wait for it.
    page.catch(() => {});
    return page;
  };
  let next: Promise<unknown[][]> | undefined = pageAfter(...lowerBound(records, range));
  while (next !== undefined) {
    const rows: unknown[][] = await next;
    signal.throwIfAborted();
    const last = rows.at(-1);
    next = rows.length === PAGE_ROWS && last !== undefined ? pageAfter(String(last[0]), ">") : undefined;
    yield rows;
  }
}

function lowerBound(
  records: RecordsOf,
  { after, lower }: BackendScan,
): [bound: string, operator: ">" | ">="] {
  if (after !== undefined && (lower === undefined || Buffer.compare(after, lower) >= 0)) {
    return [rowKey(records, after), ">"];
  }
  return [lower === undefined ? prefixOf(records) : rowKey(records, lower), ">="];
}
