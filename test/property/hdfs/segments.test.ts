import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHeadBlock, decodeHeadIndex } from "../../../bridge/backends/hdfs/dataset/heads-format.ts";
import { SegmentBuilder } from "../../../bridge/backends/hdfs/dataset/segment-builder.ts";
import {
  recordOfLine,
  rowPieces,
  type SegmentRow,
} from "../../../bridge/backends/hdfs/dataset/segment-rows.ts";
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
  fc.constantFrom('{\n"a": 1}', "#1", "no JSON", "", ',"value":', '{"a":1.0}', " 1 ").map(bytes),
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

test("a row comes back from its line as it went, whatever its body is", () => {
  fc.assert(
    fc.property(row, (one) => {
      const line = Buffer.concat(rowPieces(one));
      expect(line.indexOf("\n")).toBe(line.length - 1);
      JSON.parse(line.toString());
      const { key, state, token, prevOpId, digest, body } = recordOfLine(line.subarray(0, -1));
      expect(toHex(key)).toBe(toHex(one.key));
      expect(state).toBe(["present", "deleted", undefined, "absent"][one.state]);
      expect({ token, prevOpId }).toEqual({ token: one.token, prevOpId: one.prevOpId });
      expect(digest && toHex(digest)).toBe(one.digest && toHex(one.digest));
      expect(body && Buffer.from(body).toString()).toBe(one.body && Buffer.from(one.body).toString());
    }),
  );
});

test("a segment's heads say of its rows, in order, what they are, and where their lines lie", () => {
  fc.assert(
    fc.property(fc.uniqueArray(row, { minLength: 1, selector: ({ key }) => toHex(key) }), (rows) => {
      rows.sort((a, b) => compareBytes(a.key, b.key));
      const builder = new SegmentBuilder();
      const lines: Uint8Array[] = [];
      const heads: Uint8Array[] = [];
      for (const [at, one] of rows.entries()) {
        const built = builder.push(one, rowPieces(one), at);
        if (built !== undefined) {
          lines.push(...built.lines);
          heads.push(built.heads);
        }
      }
      const finished = builder.finish(crypto.randomUUID(), 1);
      if (finished === undefined) throw new Error("no segment");
      const { segment, last } = finished;
      const data = Buffer.concat([...lines, ...last.lines]);
      const file = Buffer.concat([...heads, last.heads]);
      expect([segment.rows, segment.bytes, segment.heads.bytes]).toEqual([
        rows.length,
        data.length,
        file.length,
      ]);
      const index = decodeHeadIndex("", file.subarray(file.length - segment.heads.indexBytes));
      let [row, headAt, lineAt] = [0, 0, 0];
      for (const { rows: count, headBytes } of index) {
        const { entries, lineBytes, commits } = decodeHeadBlock(file.subarray(headAt, headAt + headBytes));
        expect(entries.count).toBe(count);
        for (let i = 0; i < count; i++, row++) {
          const one = rows[row] as SegmentRow;
          expect(toHex(keyAt(entries, i))).toBe(toHex(one.key));
          expect([stateAt(entries, i), tokenAt(entries, i), commits[i]]).toEqual([one.state, one.token, row]);
          const line = data.subarray(lineAt, lineAt + (lineBytes[i] as number));
          expect(recordOfLine(line.subarray(0, -1)).token).toBe(one.token);
          lineAt += line.length;
        }
        headAt += headBytes;
      }
      expect([row, lineAt]).toEqual([rows.length, data.length]);
    }),
  );
});
