/** Rows of somebody's table by key, and proof of those that are not there. */
import { inGroups } from "../../shared/in-groups.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import type { Row } from "../cell-set.ts";
import { cutOff } from "../find-records.ts";
import { lookForRows } from "../look-for-rows.ts";
import type { ForeignTable } from "./foreign-table.ts";

/** Rows are read whole, and can be large. */
const ROWS_PER_REQUEST = 50;
/** Of an address: gateways take 64 KiB of headers. */
const ADDRESS_BYTES = 16 * 1024;
const REQUESTS_AT_A_TIME = 4;

/** Rows come and go while they are looked for. */
const MAX_TRIES = 4;

/** By key; those that are certain to be absent are missing. @throws BackendError; ProtocolError "incomplete" */
export async function findRows(table: ForeignTable, keys: readonly string[]): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  let open: readonly string[] = [...new Set(keys)];
  for (let tries = 1; open.length > 0; tries++) {
    await inParallel(inRequests(open), REQUESTS_AT_A_TIME, async (some) => {
      for (const row of await table.someRows(some)) found.set(row.key, row);
    });
    const leftOut = open.filter((key) => !found.has(key));
    const there = await lookForRows(leftOut, (key) => firstKeyFrom(table, key));
    open = there.map(({ key }) => key);
    if (open.length > 0 && tries === MAX_TRIES) throw cutOff(table.where);
  }
  return found;
}

/**
 * The key of the first row at or behind another; undefined = it is certain that there is none.
 *
 * A scanner whose servers are gone ends as one does that has come to the end: then the table's last row tells which it is.
 */
export async function firstKeyFrom(table: ForeignTable, key: string): Promise<{ key: string } | undefined> {
  for (let tries = 1; ; tries++) {
    const scanner = await table.openScanner({ startRow: key, columns: [] });
    const answer = await table.nextRows(scanner, 1);
    await table.closeScanner(scanner);
    const first = answer?.rows[0];
    if (first !== undefined) return { key: first.key };
    const last = await table.lastRow();
    if (last === undefined || last.key < key) return undefined;
    if (tries === MAX_TRIES) throw cutOff(table.where);
  }
}

const inRequests = (keys: readonly string[]): string[][] =>
  inGroups(keys, { most: ROWS_PER_REQUEST, bytes: ADDRESS_BYTES }, base64Parameter);

/** Of an address: "&row=" and the key. */
const base64Parameter = (key: string): number => Math.ceil(key.length / 3) * 4 + 5;
