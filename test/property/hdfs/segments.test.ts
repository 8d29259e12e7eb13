import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHeadBlock, decodeHeadIndex } from "../../../bridge/backends/hdfs/dataset/heads-format.ts";
import {
  SEGMENT_FORMATS,
  type SegmentEntry,
  type SegmentFormat,
} from "../../../bridge/backends/hdfs/dataset/manifest.ts";
import { readFooter, readRowGroup } from "../../../bridge/backends/hdfs/dataset/parquet-blocks.ts";
import { SegmentBuilder } from "../../../bridge/backends/hdfs/dataset/segment-builder.ts";
import { recordOf, rowOfLine, type SegmentRow } from "../../../bridge/backends/hdfs/dataset/segment-rows.ts";
import { StoredRow } from "../../../bridge/backends/hdfs/dataset/stored-row.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { keyAt, stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a panel may send as a body: its codec's texts, and anything else. */
const body = fc.oneof(
  fc.jsonValue().map((value) => bytes(JSON.stringify(value))),
  fc.jsonValue().map((value) => bytes(encodeValue({ value, at: new Date(0), minus: -0 }))),
  fc.constantFrom('{\n"a": 1}', "#1", "no JSON", "", ',"value":', '{"a":1.0}', " 1 ", "\ufeff1").map(bytes),
  // A few of these are more than a block.
  fc.nat(9).map((n) => bytes(JSON.stringify(String(n).repeat(100_000)))),
);

const row = fc
  .record({
    key: fc
      .oneof(fc.string(), fc.double({ noNaN: true }), fc.array(fc.string()))
      .map((key) => encodeKey(key)),
    state: fc.constantFrom(EntryState.present, EntryState.deleted, EntryState.absent),
    token: fc.nat().map((n) => `${n + 1}.operation`),
    prevOpId: fc.option(fc.string(), { nil: undefined }),
    writer: fc.string(),
    body,
  })
  .map(
    ({ body, ...head }): SegmentRow =>
      head.state === EntryState.present ? { ...head, digest: new Uint8Array(16).fill(7), body } : head,
  );

const rows = fc
  .uniqueArray(row, { minLength: 1, selector: ({ key }) => toHex(key) })
  .map((some) => some.sort((a, b) => compareBytes(a.key, b.key)));

test("a row comes back from its line as it went, whatever its body is", () => {
  fc.assert(
    fc.property(row, (one) => {
      const line = Buffer.concat(StoredRow.of(one).line);
      expect(line.indexOf("\n")).toBe(line.length - 1);
      JSON.parse(line.toString());
      const read = rowOfLine(line.subarray(0, -1));
      expect(plain(read)).toEqual(plain(one));
      expect(recordOf(read).state).toBe(["present", "deleted", undefined, "absent"][one.state]);
    }),
  );
});

test.each(SEGMENT_FORMATS)(
  "a segment of %s has in each block the rows that its heads say",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(rows, async (some) => {
        const { segment, data, heads } = built(format, some.map(StoredRow.of));
        expect([segment.rows, segment.bytes, segment.heads.bytes, segment.format ?? "ndjson"]).toEqual([
          some.length,
          data.length,
          heads.length,
          format,
        ]);
        const read: SegmentRow[] = [];
        for await (const { entries, commits, stored } of blocksOf(segment, data, heads)) {
          expect(stored).toHaveLength(entries.count);
          for (let i = 0; i < entries.count; i++) {
            const one = some[read.length] as SegmentRow;
            expect(toHex(keyAt(entries, i))).toBe(toHex(one.key));
            expect([stateAt(entries, i), tokenAt(entries, i), commits[i]]).toEqual([
              one.state,
              one.token,
              read.length,
            ]);
            read.push((stored[i] as StoredRow).row);
          }
        }
        expect(read.map(plain)).toEqual(some.map(plain));
      }),
    );
  },
);

test("rows that are written in the one format and then in the other are the same lines as before", async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (some) => {
      const first = built("ndjson", some.map(StoredRow.of));
      const parquet = built("parquet", await storedIn(first));
      expect(await storedIn(parquet)).toHaveLength(some.length);
      const again = built("ndjson", await storedIn(parquet));
      expect(again.data.equals(first.data)).toBe(true);
    }),
  );
});

/** For comparing. */
const plain = ({ key, state, token, digest, prevOpId, writer, body }: SegmentRow): object => ({
  ...{ key: toHex(key), state, token, prevOpId, writer },
  digest: digest && toHex(digest),
  body: body && Buffer.from(body).toString(),
});

interface Built {
  readonly segment: SegmentEntry;
  readonly data: Buffer;
  readonly heads: Buffer;
}

/** The commit that brought a row is its number. */
function built(format: SegmentFormat, some: readonly StoredRow[]): Built {
  const builder = new SegmentBuilder(format);
  const data: Uint8Array[] = [];
  const heads: Uint8Array[] = [];
  for (const [at, stored] of some.entries()) {
    const block = builder.push(stored.row, stored, at);
    if (block !== undefined) {
      data.push(...block.data);
      heads.push(block.heads);
    }
  }
  const finished = builder.finish(crypto.randomUUID(), 1);
  if (finished === undefined) throw new Error("no segment");
  return {
    segment: finished.segment,
    data: Buffer.concat([...data, ...finished.last.data]),
    heads: Buffer.concat([...heads, finished.last.heads]),
  };
}

async function* blocksOf(segment: SegmentEntry, data: Buffer, heads: Buffer) {
  const isParquet = segment.format === "parquet";
  const end = data.subarray(data.length - (segment.footer?.bytes ?? 0));
  let [headAt, dataAt] = [0, isParquet ? 4 : 0];
  const index = decodeHeadIndex("", heads.subarray(heads.length - segment.heads.indexBytes));
  for (const [at, { rows, headBytes, lineBytes: bytes }] of index.entries()) {
    const { entries, lineBytes, commits } = decodeHeadBlock(heads.subarray(headAt, headAt + headBytes));
    const block = data.subarray(dataAt, dataAt + bytes);
    const stored = isParquet
      ? (await readRowGroup("", readFooter("", end), { at, rows, lineOffset: dataAt }, block)).map(
          StoredRow.of,
        )
      : linesIn(block, lineBytes).map(StoredRow.ofLine);
    yield { entries, commits, stored };
    headAt += headBytes;
    dataAt += bytes;
  }
  expect(dataAt).toBe(data.length - end.length);
}

function linesIn(block: Buffer, lineBytes: Uint32Array): Buffer[] {
  let at = 0;
  return Array.from(lineBytes, (bytes) => {
    at += bytes;
    return block.subarray(at - bytes, at);
  });
}

async function storedIn({ segment, data, heads }: Built): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const { stored } of blocksOf(segment, data, heads)) found.push(...stored);
  return found;
}
