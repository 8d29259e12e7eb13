/** Records by key: many in one request; those that it leaves out are looked for. */
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { BackendRecord } from "../backend.ts";
import type { RowHead } from "../shared/document-rows.ts";
import { inGroups } from "../shared/in-groups.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { keyText } from "../shared/key-text.ts";
import type { Row } from "./cell-set.ts";
import type { Gateway } from "./gateway.ts";
import { lookForRows } from "./look-for-rows.ts";
import { headOf, recordOf } from "./record-rows.ts";
import { Column, HEAD_COLUMNS, recordRow } from "./schema.ts";

const ROWS_PER_REQUEST = 200;
/** Of an address: gateways take 64 KiB of headers. */
const ADDRESS_BYTES = 16 * 1024;
const REQUESTS_AT_A_TIME = 8;

/** A collection's part of the table. */
export interface RecordsOf {
  readonly gateway: Gateway;
  readonly prefix: string;
}

/** Keys that are certain to be absent are missing in the map. */
export const findHeads = (records: RecordsOf, keys: readonly Uint8Array[]): Promise<Map<string, RowHead>> =>
  findRows(records, keys, HEAD_COLUMNS, (row) => headOf(records.prefix, row));

/** Keys that are certain to be absent are missing in the map. */
export const wholeRecords = (
  records: RecordsOf,
  keys: readonly Uint8Array[],
): Promise<Map<string, BackendRecord>> => findRows(records, keys, [], (row) => recordOf(records.prefix, row));

async function findRows<Found extends { readonly key: Uint8Array }>(
  { gateway, prefix }: RecordsOf,
  keys: readonly Uint8Array[],
  columns: readonly string[],
  toFound: (row: Row) => Found,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  const add = (row: Row): void => {
    const one = toFound(row);
    found.set(keyText(one.key), one);
  };
  const rowKeys = keys.map((key) => recordRow(prefix, key));
  const leftOut: string[] = [];
  await inParallel(inRequests(rowKeys), REQUESTS_AT_A_TIME, async (some) => {
    const rows = await gateway.someRows(some, columns);
    for (const row of rows) add(row);
    const there = new Set(rows.map(({ key }) => key));
    for (const key of some) if (!there.has(key)) leftOut.push(key);
  });
  for (const row of await leftOutRows(gateway, leftOut, columns)) add(row);
  return found;
}

async function leftOutRows(
  gateway: Gateway,
  keys: readonly string[],
  columns: readonly string[],
): Promise<Row[]> {
  // Rows behind others have a version.
  const wanted = [...new Set([...columns, Column.version])];
  const isWhole = columns.length === 0;
  const there = await lookForRows(keys, async (key) => {
    // What lies behind may be large, and is of no interest.
    const row = isWhole ? await gateway.firstKeyFrom(key) : await gateway.firstRowFrom(key, wanted);
    if (row === undefined) throw cutOff(gateway.where);
    return row;
  });
  if (!isWhole) return there;
  return inParallel(there, REQUESTS_AT_A_TIME, async ({ key }) => {
    const row = await gateway.firstRowFrom(key);
    if (row?.key !== key) throw cutOff(gateway.where);
    return row;
  });
}

export const cutOff = (where: string): ProtocolError =>
  new ProtocolError(
    "incomplete",
    `${where} ended its answer before the row that lies behind all others: the servers behind it may be down. Try again when they are up.`,
  );

/** Rows that one address can name. */
export const inRequests = (rowKeys: readonly string[]): string[][] =>
  inGroups(rowKeys, { most: ROWS_PER_REQUEST, bytes: ADDRESS_BYTES }, (key) => key.length + 5);
