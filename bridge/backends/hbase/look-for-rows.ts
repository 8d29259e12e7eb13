/**
 * Rows that a gateway left out of an answer: it also leaves out what it could not read. The first row at or behind a key
 * proves that there is none in between, so that keys that follow each other cost one request together.
 */
import { inParallel } from "../shared/in-parallel.ts";

const LOOKS_AT_A_TIME = 32;

/**
 * Those of the rows that are there; of the others it is certain that they are not.
 *
 * @param firstFrom The first row at or behind a key; undefined = certainly none. Rows are in the order of UTF-16 units.
 */
export async function lookForRows<Row extends { readonly key: string }>(
  keys: readonly string[],
  firstFrom: (key: string) => Promise<Row | undefined>,
): Promise<Row[]> {
  const sorted = [...keys].sort();
  const length = Math.ceil(sorted.length / LOOKS_AT_A_TIME);
  const groups: string[][] = [];
  for (let at = 0; at < sorted.length; at += length) groups.push(sorted.slice(at, at + length));
  const found = await inParallel(groups, LOOKS_AT_A_TIME, (group) => lookInOrder(group, firstFrom));
  return found.flat();
}

async function lookInOrder<Row extends { readonly key: string }>(
  keys: readonly string[],
  firstFrom: (key: string) => Promise<Row | undefined>,
): Promise<Row[]> {
  const found: Row[] = [];
  let seen: Row | undefined;
  for (const key of keys) {
    if (seen === undefined || seen.key < key) seen = await firstFrom(key);
    if (seen === undefined) break;
    if (seen.key === key) found.push(seen);
  }
  return found;
}
