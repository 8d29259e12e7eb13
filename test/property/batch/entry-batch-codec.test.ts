import fc from "fast-check";
import { expect, test } from "vitest";
import { BatchError } from "../../../core/batch/batch-error.ts";
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { decodeEntryBatch, encodeEntryBatch, viewEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import { compareBytes } from "../../../core/key/compare-bytes.ts";

const entry = fc.record({
  key: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  state: fc.constantFrom(...Object.values(EntryState)),
  digest: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  token: fc.string({ unit: "binary-ascii", maxLength: 5 }),
});

const arbitraryBatch: fc.Arbitrary<EntryBatch> = fc
  .uniqueArray(entry, { selector: ({ key }) => key.join(), maxLength: 20 })
  .map((entries) => {
    const builder = new EntryBatchBuilder();
    for (const { key, state, digest, token } of entries.sort((a, b) => compareBytes(a.key, b.key))) {
      builder.push(key, state, state === EntryState.present ? digest : undefined, token);
    }
    return builder.build();
  });

test("a batch comes back as it was", () => {
  fc.assert(
    fc.property(arbitraryBatch, (batch) => {
      const bytes = encodeEntryBatch(batch);
      expect(decodeEntryBatch(bytes)).toEqual(batch);
      expect(viewEntryBatch(bytes)).toEqual(batch);
    }),
  );
});

test("any bytes decode to the batch that encodes to them, or to a BatchError", () => {
  const edited = fc
    .tuple(arbitraryBatch, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }))
    .map(([batch, edits]) => {
      const bytes = encodeEntryBatch(batch);
      for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(edited, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      let batch: EntryBatch;
      try {
        batch = decodeEntryBatch(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(BatchError);
        return;
      }
      expect(encodeEntryBatch(batch)).toEqual(bytes);
    }),
    { numRuns: 5_000 },
  );
});
