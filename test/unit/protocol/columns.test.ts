import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ObservedChange,
  packObserved,
  unpackObserved,
} from "../../../core/protocol/observed-columns.ts";
import { packOutcomes, unpackOutcomes } from "../../../core/protocol/outcome-columns.ts";
import { packPreimages, unpackPreimages } from "../../../core/protocol/preimage-columns.ts";
import { packRecords, unpackRecords } from "../../../core/protocol/record-columns.ts";
import type { StoredOutcome, StoredRecord, StoredWrite } from "../../../core/protocol/stored.ts";
import {
  packAscii,
  packBytes,
  packText,
  unpackAscii,
  unpackBytes,
  unpackText,
} from "../../../core/protocol/wire-column.ts";
import { packWrites, unpackWrites } from "../../../core/protocol/write-columns.ts";

const bytes = (options: fc.IntArrayConstraints = {}) => fc.uint8Array({ maxLength: 40, ...options });
const key = bytes({ minLength: 1 });
const digest = bytes({ minLength: 16, maxLength: 16 });
const opId = fc.stringMatching(/^[0-9A-Za-z_-]{1,64}$/);
const token = fc.stringMatching(/^[1-9][0-9]{0,3}\.[0-9a-z]{1,20}$/);

const record: fc.Arbitrary<StoredRecord> = fc.oneof(
  fc.record({ key, state: fc.constant("present" as const), digest, token, body: bytes() }),
  fc.record({ key, state: fc.constant("deleted" as const), token }),
  fc.record({ key, state: fc.constant("absent" as const) }),
  fc.record({
    key,
    state: fc.constant("unreadable" as const),
    reason: fc.string({ minLength: 1, unit: "grapheme" }),
  }),
);

const outcome: fc.Arbitrary<StoredOutcome> = fc.oneof(
  fc.record({ opId, status: fc.constant("applied" as const), token }),
  fc.record({ opId, status: fc.constant("conflict" as const), current: record }),
  fc.record({ opId, status: fc.constant("superseded" as const), current: record }),
  fc.record({
    opId,
    status: fc.constant("rejected" as const),
    code: fc.constantFrom("locked", "fenced"),
    reason: fc.string({ unit: "grapheme" }),
  }),
  fc.record({ opId, status: fc.constant("unknown" as const), reason: fc.string({ unit: "grapheme" }) }),
);

const write: fc.Arbitrary<StoredWrite> = fc.record({
  opId,
  key,
  expect: fc.option(token, { nil: null }),
  write: fc.oneof(fc.constant("delete" as const), fc.record({ body: bytes(), digest })),
});

const base = fc.option(token, { nil: null });
const observed: fc.Arbitrary<ObservedChange> = fc.oneof(
  fc.record({
    opId,
    key,
    base,
    state: fc.constantFrom("present" as const, "deleted" as const, "withheld" as const),
    text: bytes(),
  }),
  fc.record({
    opId,
    key: fc.constant(new Uint8Array(0)),
    base,
    state: fc.constant("gap" as const),
    text: bytes(),
  }),
);

describe("columns come back as they went", () => {
  test("changes that were seen in a page", () => {
    fc.assert(
      fc.property(fc.array(observed), (all) => void expect(unpackObserved(packObserved(all))).toEqual(all)),
    );
  });

  test("changes without a key that are no gap, gaps with one, and states that there are not, are refused", () => {
    const change = { opId: "a", key: new Uint8Array([1]), base: null, text: new Uint8Array(0) };
    const columns = packObserved([{ ...change, state: "present" }]);
    for (const states of [[3], [4], [], [0, 0]]) {
      expect(() => unpackObserved({ ...columns, states: Uint8Array.from(states) })).toThrow(/state|differ/);
    }
    expect(() =>
      unpackObserved(packObserved([{ ...change, key: new Uint8Array(0), state: "present" }])),
    ).toThrow(/state/);
    expect(() => unpackObserved(packObserved([{ ...change, opId: "a b", state: "present" }]))).toThrow(/id/);
  });

  test("records", () => {
    fc.assert(
      fc.property(fc.array(record), (all) => void expect(unpackRecords(packRecords(all))).toEqual(all)),
    );
  });

  test("outcomes", () => {
    fc.assert(
      fc.property(fc.array(outcome), (all) => void expect(unpackOutcomes(packOutcomes(all))).toEqual(all)),
    );
  });

  test("pre-images", () => {
    const preimage = fc.oneof(
      fc.record({ opId, before: record, token }),
      fc.record({ opId, before: record }),
    );
    fc.assert(
      fc.property(fc.array(preimage), (all) => void expect(unpackPreimages(packPreimages(all))).toEqual(all)),
    );
  });

  test("operations", () => {
    const writes = fc.uniqueArray(write, { selector: (one) => one.opId, minLength: 1 });
    fc.assert(fc.property(writes, (all) => void expect(unpackWrites(packWrites(all))).toEqual(all)));
  });

  test("byte strings, ASCII and text, empty ones too", () => {
    fc.assert(
      fc.property(
        fc.array(bytes()),
        (all) => void expect(unpackBytes(packBytes(all), all.length)).toEqual(all),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary-ascii" })),
        (all) => void expect(unpackAscii(packAscii(all), all.length)).toEqual(all),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" })),
        (all) => void expect(unpackText(packText(all), all.length)).toEqual(all),
      ),
    );
  });
});

const malformed = expect.objectContaining({ code: "malformed-frame" });

describe("malformed columns are refused", () => {
  const ends = (...values: number[]): Uint8Array => new Uint8Array(new Uint32Array(values).buffer);

  test.each([
    ["bounds that go back", [2, 1], 2],
    ["a bound beyond the bytes", [9], 1],
    ["bytes after the last value", [1], 1],
    ["another count", [3], 2],
  ])("%s", (_, bounds, count) => {
    expect(() => unpackBytes({ bytes: new Uint8Array(3), ends: ends(...bounds) }, count)).toThrow(malformed);
  });

  test("tokens that are not ASCII, on both ends", () => {
    expect(() => packAscii(["ü"])).toThrow(malformed);
    const column = { bytes: new Uint8Array([0xc3, 0xbc]), ends: ends(2) };
    expect(() => unpackAscii(column, 1)).toThrow(malformed);
    expect(() => unpackText({ bytes: new Uint8Array([0xff]), ends: ends(1) }, 1)).toThrow(malformed);
  });

  test("unknown states and statuses, and lists of different lengths", () => {
    const records = packRecords([{ key: new Uint8Array([1]), state: "absent" }]);
    expect(() => unpackRecords({ ...records, states: new Uint8Array([9]) })).toThrow(malformed);
    expect(() => unpackRecords({ ...records, states: new Uint8Array(2) })).toThrow(malformed);
    const outcomes = packOutcomes([{ opId: "a", status: "unknown", reason: "" }]);
    expect(() => unpackOutcomes({ ...outcomes, statuses: new Uint8Array([9]) })).toThrow(malformed);
    expect(() => unpackOutcomes({ ...outcomes, statuses: new Uint8Array([1]) })).toThrow(malformed);
    expect(() => unpackOutcomes({ ...outcomes, currents: records })).toThrow(malformed);
  });

  test("operations without a key, of an unknown kind, with ids that are none or come twice", () => {
    const one: StoredWrite = { opId: "a", key: new Uint8Array([1]), expect: null, write: "delete" };
    const columns = packWrites([one]);
    expect(() => unpackWrites({ ...columns, kinds: new Uint8Array([2]) })).toThrow(malformed);
    expect(() => unpackWrites(packWrites([{ ...one, key: new Uint8Array(0) }]))).toThrow(malformed);
    expect(() => unpackWrites(packWrites([{ ...one, opId: "fence.a" }]))).toThrow(malformed);
    expect(() => unpackWrites(packWrites([one, { ...one, key: new Uint8Array([2]) }]))).toThrow(malformed);
  });
});
