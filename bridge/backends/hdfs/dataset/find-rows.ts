/** Rows by key: the newest segment that has a key has the row that counts. */
import { tokenAt } from "../../../../core/batch/entry-batch-access.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { BackendRecord } from "../../backend.ts";
import type { RowHead } from "../../shared/document-rows.ts";
import { keyText } from "../../shared/key-text.ts";
import { entryOf, headAt } from "./block-search.ts";
import type { Snapshot } from "./dataset.ts";
import type { HeadBlock } from "./heads-format.ts";
import { type BlockRows, blockFor, type PlacedBlock, type SegmentReader } from "./segment-reader.ts";
import { recordOf } from "./segment-rows.ts";

/** Where a row was found. */
interface Located {
  readonly key: Uint8Array;
  readonly segment: SegmentReader;
  readonly block: PlacedBlock;
  readonly heads: HeadBlock;
  readonly row: number;
}

/** By keyText; keys that the snapshot does not have are missing. */
export async function findHeads(
  snapshot: Snapshot,
  keys: readonly Uint8Array[],
): Promise<Map<string, RowHead>> {
  const located = await locate(snapshot, keys);
  return new Map(located.map((one) => [keyText(one.key), headAt(one.heads.entries, one.row)]));
}

/** By keyText; keys that the snapshot does not have are missing. */
export async function findRecords(
  snapshot: Snapshot,
  keys: readonly Uint8Array[],
): Promise<Map<string, BackendRecord>> {
  const bySegment = new Map<SegmentReader, Located[]>();
  for (const one of await locate(snapshot, keys)) {
    const some = bySegment.get(one.segment);
    if (some === undefined) bySegment.set(one.segment, [one]);
    else some.push(one);
  }
  const found = new Map<string, BackendRecord>();
  await Promise.all(
    [...bySegment].map(async ([segment, rows]) => {
      const blocks = [...new Map(rows.map((one) => [one.block.at, one])).values()];
      const read = await segment.rows(blocks.sort((a, b) => a.block.at - b.block.at));
      const byBlock = new Map(blocks.map(({ block }, i) => [block.at, read[i] as BlockRows]));
      for (const row of rows) {
        found.set(keyText(row.key), recordAt(row, byBlock.get(row.block.at) as BlockRows));
      }
    }),
  );
  return found;
}

async function locate({ segments }: Snapshot, keys: readonly Uint8Array[]): Promise<Located[]> {
  const located: Located[] = [];
  let open = [...keys].sort(compareBytes);
  // All at once, since one after the other costs a request each.
  const indexes = await Promise.all(
    segments.map((segment) => (open.some((key) => isWithin(segment, key)) ? segment.index() : [])),
  );
  for (let at = segments.length - 1; at >= 0 && open.length > 0; at--) {
    const found = await locateIn(segments[at] as SegmentReader, indexes[at] ?? [], open);
    located.push(...found);
    const known = new Set(found.map(({ key }) => key));
    open = open.filter((key) => !known.has(key));
  }
  return located;
}

const isWithin = ({ firstKey, lastKey }: SegmentReader, key: Uint8Array): boolean =>
  compareBytes(key, firstKey) >= 0 && compareBytes(key, lastKey) <= 0;

/** @param keys In order. */
async function locateIn(
  segment: SegmentReader,
  index: readonly PlacedBlock[],
  keys: readonly Uint8Array[],
): Promise<Located[]> {
  const wanted = new Map<PlacedBlock, Uint8Array[]>();
  for (const key of keys) {
    if (!isWithin(segment, key)) continue;
    const block = index[blockFor(index, key)];
    if (block === undefined) continue;
    const some = wanted.get(block);
    if (some === undefined) wanted.set(block, [key]);
    else some.push(key);
  }
  const blocks = await segment.heads([...wanted.keys()]);
  const located: Located[] = [];
  for (const [i, [block, some]] of [...wanted].entries()) {
    const heads = blocks[i] as HeadBlock;
    for (const key of some) {
      const row = entryOf(heads.entries, key);
      if (row !== undefined) located.push({ key, segment, block, heads, row });
    }
  }
  return located;
}

function recordAt({ key, heads, row, segment }: Located, rows: BlockRows): BackendRecord {
  const record = recordOf(rows.at(row).row);
  if (compareBytes(record.key, key) === 0 && record.token === tokenAt(heads.entries, row)) return record;
  throw new ProtocolError(
    "corrupt",
    `The segment ${segment.entry.name} has another record where its heads say that this one is: put its files back from a backup.`,
  );
}
