import { describe, expect, test } from "vitest";
import { BatchError } from "../../../core/batch/batch-error.ts";
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import {
  compareKeysAt,
  digestAt,
  digestsEqualAt,
  keyAt,
  sliceBatch,
  stateAt,
  tokenAt,
  tokensEqualAt,
} from "../../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { decodeEntryBatch, encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";

const digestOf = (seed: number) => new Uint8Array(16).fill(seed);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof BatchError) return error.code;
    throw error;
  }
  return "no error";
}

function sample(): EntryBatch {
  const builder = new EntryBatchBuilder();
  builder.push(encodeKey(1), EntryState.present, digestOf(1), "1.a");
  builder.push(encodeKey(2), EntryState.deleted, undefined, "2.b");
  builder.push(encodeKey("x"), EntryState.unreadable, undefined, "cannot be cloned");
  builder.push(encodeKey(["x", 1]), EntryState.present, digestOf(255));
  return builder.build();
}

function many(count: number, token: (i: number) => string = () => ""): EntryBatch {
  const builder = new EntryBatchBuilder();
  for (let i = 0; i < count; i++) builder.push(encodeKey(i), EntryState.present, digestOf(i % 256), token(i));
  return builder.build();
}

describe("EntryBatchBuilder", () => {
  test("keeps what was pushed, entry by entry", () => {
    const batch = sample();
    expect(batch.count).toBe(4);
    expect([0, 1, 2, 3].map((i) => keyAt(batch, i))).toEqual([1, 2, "x", ["x", 1]].map(encodeKey));
    expect([0, 1, 2, 3].map((i) => stateAt(batch, i))).toEqual([0, 1, 2, 0]);
    expect([0, 1, 2, 3].map((i) => tokenAt(batch, i))).toEqual(["1.a", "2.b", "cannot be cloned", ""]);
    expect([0, 1, 2, 3].map((i) => digestAt(batch, i)[0])).toEqual([1, 0, 0, 255]);
  });

  test("grows far past its first room and is empty after build", () => {
    const builder = new EntryBatchBuilder();
    const token = "t".repeat(300);
    for (let i = 0; i < 5000; i++) builder.push(encodeKey(i), EntryState.present, digestOf(i % 256), token);
    expect(builder.count).toBe(5000);
    const batch = builder.build();
    expect(keyAt(batch, 4999)).toEqual(encodeKey(4999));
    expect(digestAt(batch, 4999)).toEqual(digestOf(4999 % 256));
    expect(tokenAt(batch, 4999)).toBe(token);
    expect(builder.count).toBe(0);
    expect(builder.build()).toEqual(new EntryBatchBuilder().build());
  });

  test("clears the digest that stood in reused room", () => {
    const builder = new EntryBatchBuilder();
    builder.push(encodeKey(1), EntryState.present, digestOf(7));
    builder.build();
    builder.push(encodeKey(1), EntryState.absent);
    expect(digestAt(builder.build(), 0)).toEqual(new Uint8Array(16));
  });

  test("gives arrays without spare room, so that a message carries no more than the entries", () => {
    const batch = sample();
    expect(batch.keys.bytes.buffer.byteLength).toBe(batch.keys.ends[3]);
    expect(batch.digests.buffer.byteLength).toBe(64);
  });

  test("copies entries of other batches, with the token of another side", () => {
    const source = sample();
    const tokens = many(3, (i) => `token ${i}`);
    const builder = new EntryBatchBuilder();
    for (let i = 0; i < source.count; i++) builder.pushFrom(source, i);
    expect(builder.build()).toEqual(source);
    builder.pushFrom(source, 3, tokens, 2);
    const joined = builder.build();
    expect(keyAt(joined, 0)).toEqual(keyAt(source, 3));
    expect(digestAt(joined, 0)).toEqual(digestOf(255));
    expect(tokenAt(joined, 0)).toBe("token 2");
  });

  test.each([
    ["an equal key", encodeKey(1)],
    ["a lower key", encodeKey(0)],
    ["a prefix of the last key", encodeKey(1).subarray(0, 4)],
    ["an empty key", new Uint8Array(0)],
  ])("refuses %s and stays as it was", (_, key) => {
    const builder = new EntryBatchBuilder();
    builder.push(encodeKey(1), EntryState.absent);
    expect(codeOf(() => builder.push(key, EntryState.absent))).toBe("out-of-order");
    builder.push(encodeKey(2), EntryState.absent);
    expect(builder.build().count).toBe(2);
  });

  test.each([
    [
      "a present record without a digest",
      () => new EntryBatchBuilder().push(encodeKey(1), EntryState.present),
    ],
    [
      "a digest of a deleted record",
      () => new EntryBatchBuilder().push(encodeKey(1), EntryState.deleted, digestOf(1)),
    ],
    [
      "a short digest",
      () => new EntryBatchBuilder().push(encodeKey(1), EntryState.present, new Uint8Array(15)),
    ],
    [
      "a token beyond ASCII",
      () => new EntryBatchBuilder().push(encodeKey(1), EntryState.deleted, undefined, "é"),
    ],
  ])("refuses %s", (_, push) => {
    expect(codeOf(push)).toBe("malformed-entry");
  });
});

describe("access", () => {
  test("compares keys, digests and tokens across batches", () => {
    const a = sample();
    const b = many(3, (i) => `${i}.a`);
    expect(Math.sign(compareKeysAt(a, 0, b, 0))).toBe(1);
    expect(compareKeysAt(a, 0, b, 1)).toBe(0);
    expect(Math.sign(compareKeysAt(a, 0, b, 2))).toBe(-1);
    expect(digestsEqualAt(a, 0, b, 1)).toBe(true);
    expect(digestsEqualAt(a, 0, b, 2)).toBe(false);
    expect(tokensEqualAt(a, 0, b, 1)).toBe(true);
    expect(tokensEqualAt(a, 0, b, 2)).toBe(false);
    expect(tokensEqualAt(a, 2, b, 2)).toBe(false);
  });

  test("slices stand on their own", () => {
    const batch = many(10, (i) => `t${i}`);
    const slice = sliceBatch(batch, 3, 7);
    expect(slice.count).toBe(4);
    expect([0, 3].map((i) => keyAt(slice, i))).toEqual([3, 6].map(encodeKey));
    expect([0, 3].map((i) => tokenAt(slice, i))).toEqual(["t3", "t6"]);
    expect(digestAt(slice, 1)).toEqual(digestOf(4));
    expect(decodeEntryBatch(encodeEntryBatch(slice))).toEqual(slice);
    expect(sliceBatch(batch, 4, 4)).toEqual(new EntryBatchBuilder().build());
  });
});

describe("wire format", () => {
  test.each([
    ["no entries", new EntryBatchBuilder().build()],
    ["every state", sample()],
    ["no tokens", many(500)],
    ["long tokens", many(3, () => "t".repeat(70_000))],
    ["tokens of two-byte length", many(3, (i) => "t".repeat(i * 300))],
  ])("brings back %s", (_, batch) => {
    expect(decodeEntryBatch(encodeEntryBatch(batch))).toEqual(batch);
  });

  test("costs two bytes an entry beside key and digest, where there is no token", () => {
    expect(encodeEntryBatch(many(100)).length).toBe(20 + 100 * (9 + 16 + 2));
  });

  test("decodes from within a larger buffer and shares nothing with it", () => {
    const wire = encodeEntryBatch(sample());
    const larger = new Uint8Array(wire.length + 10);
    larger.set(wire, 3);
    const batch = decodeEntryBatch(larger.subarray(3, 3 + wire.length));
    larger.fill(0);
    expect(batch).toEqual(sample());
  });

  const changed = (change: (bytes: Uint8Array, view: DataView) => void, batch = sample()) => {
    const bytes = encodeEntryBatch(batch);
    change(bytes, new DataView(bytes.buffer));
    return bytes;
  };
  const statesAt = 20 + 4 + 4;
  const digestsAt = statesAt + 4;
  test.each([
    ["nothing", new Uint8Array(0), "shorter than its header"],
    ["another magic", changed((bytes) => bytes.set([0])), "DSB1"],
    ["a byte less", encodeEntryBatch(sample()).slice(0, -1), "not the size"],
    ["a byte more", Uint8Array.of(...encodeEntryBatch(sample()), 0), "not the size"],
    ["a count of four billion", changed((_, view) => view.setUint32(4, 0xffffffff, true)), "not the size"],
    ["a width of 3", changed((_, view) => view.setUint32(16, 3, true)), "a length of 3 bytes"],
    ["a wider width than needed", widerKeyLengths(), "wider than they need be"],
    ["lengths that add up to more", changed((bytes) => bytes.set([255], 20)), "more than its bytes"],
    ["lengths that add up to less", changed((bytes) => bytes.set([1], 20)), "less than its bytes"],
    ["an empty first key", emptyFirstKey(), "first key is empty"],
    [
      "descending keys",
      changed((bytes) => bytes.set([0x60], digestsAt + 4 * 16)),
      "key 1 does not come after",
    ],
    ["an unknown state", changed((bytes) => bytes.set([6], statesAt)), "unknown state 6"],
    ["a digest without a record", changed((bytes) => bytes.set([1], digestsAt + 16)), "entry 1 has a digest"],
    ["a token beyond ASCII", changed((bytes) => bytes.set([0x80], bytes.length - 1)), "not ASCII"],
  ])("refuses %s", (_, bytes, reason) => {
    expect(() => decodeEntryBatch(bytes)).toThrow(BatchError);
    expect(() => decodeEntryBatch(bytes)).toThrow(reason);
    expect(codeOf(() => decodeEntryBatch(bytes))).toBe("malformed-batch");
  });

  function widerKeyLengths(): Uint8Array {
    const narrow = encodeEntryBatch(many(1));
    const wide = new Uint8Array(narrow.length + 1);
    wide.set(narrow.subarray(0, 21));
    wide.set(narrow.subarray(21), 22);
    wide[16] = 2;
    return wide;
  }

  function emptyFirstKey(): Uint8Array {
    const bytes = encodeEntryBatch(many(2));
    bytes[20] = 0;
    bytes[21] = 18;
    return bytes;
  }
});
