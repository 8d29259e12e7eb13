/** Values both ways between us and HBase's own Java client, which knows the types by its `Bytes`. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { put } from "../../conformance/suite/bed.ts";
import { read, write } from "../../conformance/suite/existing-tables.ts";
import { asBase64, asOwner, type OwnersCell } from "./hbase-owner.ts";
import { SomebodysTable } from "./somebodys-table.ts";
import { cellField, mappingOf, TablesBed } from "./tables-bed.ts";

const RECORDS = 60;

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);

/** One of each kind; `value` has no type of HBase's. */
const records = fc.record({
  text: fc.string({ unit: "grapheme" }),
  json: fc.record({ a: fc.array(fc.integer()), b: fc.option(fc.string({ unit: "grapheme" })) }),
  value: fc.oneof(fc.bigInt(), fc.date({ noInvalidDate: true }), fc.array(fc.constant(undefined))),
  flag: fc.boolean(),
  int: fc.integer(),
  long: fc.maxSafeInteger().map((number) => number + 0),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  double: finite.map((number) => (Object.is(number, -0) ? 0 : number)),
  bytes: fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
});
type Values = typeof records extends fc.Arbitrary<infer Value> ? Value : never;

const fields = [
  cellField("f:text", "textBytes"),
  cellField("f:json", "jsonBytes"),
  cellField("f:value", "valueBytes"),
  cellField("f:flag", "booleanByte"),
  cellField("f:int", "int32Bytes"),
  cellField("f:long", "int64Bytes"),
  cellField("f:bigint", "bigint64Bytes"),
  cellField("f:double", "doubleBytes"),
  cellField("f:bytes", "bytes"),
];

let bed: TablesBed;
beforeAll(() => {
  bed = new TablesBed();
});
afterAll(() => bed.dispose());

const opened = (table: SomebodysTable): Promise<RemoteStore> =>
  bed.opened(mappingOf(table.name, fields, { version: { column: "f:version", moves: "increment" } }));

const sample = (): Map<string, Values> =>
  new Map(fc.sample(records, RECORDS).map((values, i) => [`row ${i}`, values]));

test(`${RECORDS} random records that we wrote are read by HBase's own client with their types`, async () => {
  const table = await SomebodysTable.make({ f: 1 });
  const store = await opened(table);
  const written = sample();
  const operations = Array.from(written, ([key, values]) => ({
    opId: randomUUID(),
    key: encodeKey(key),
    expect: null,
    write: put(values),
  }));
  const outcomes = await store.write(operations, { applyId: randomUUID() });
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["applied"]));
  const cells = await asOwner(table.name);
  const cellOf = (row: string, column: string): OwnersCell | undefined =>
    cells.find((cell) => cell.row === row && cell.column === column);
  expect(cells).toHaveLength(written.size * (fields.length + 1));
  for (const [row, values] of written) {
    expect(cellOf(row, "f:text")?.text).toBe(values.text);
    expect(JSON.parse(cellOf(row, "f:json")?.text ?? "")).toEqual(values.json);
    expect(decodeValue(cellOf(row, "f:value")?.text ?? "")).toEqual(values.value);
    expect(cellOf(row, "f:flag")?.boolean).toBe(String(values.flag));
    expect(cellOf(row, "f:int")?.int).toBe(String(values.int));
    expect(cellOf(row, "f:long")?.long).toBe(String(values.long));
    expect(cellOf(row, "f:bigint")?.long).toBe(String(values.bigint));
    expect(Number(cellOf(row, "f:double")?.double)).toBe(values.double);
    expect(new Uint8Array(cellOf(row, "f:bytes")?.bytes ?? [0])).toEqual(values.bytes);
    expect(cellOf(row, "f:version")?.long).toBe("1");
  }
});

test(`${RECORDS} random records that HBase's own client wrote are read by us, and written again`, async () => {
  const table = await SomebodysTable.make({ f: 1 });
  const store = await opened(table);
  const theirs = sample();
  const requests = [...theirs].flatMap(([row, values]) => {
    const key = asBase64(row);
    return [
      `put ${key} f:text text ${asBase64(values.text)}`,
      `put ${key} f:json text ${asBase64(JSON.stringify(values.json))}`,
      `put ${key} f:flag boolean ${values.flag}`,
      `put ${key} f:int int ${values.int}`,
      `put ${key} f:long long ${values.long}`,
      `put ${key} f:bigint long ${values.bigint}`,
      `put ${key} f:double double ${values.double}`,
      `put ${key} f:bytes bytes ${asBase64(values.bytes)}`,
      `increment ${key} f:version 41`,
    ];
  });
  await asOwner(table.name, requests);
  const again: string[] = [];
  for (const [row, { value: _, ...values }] of theirs) {
    const { value, token = "" } = await read(store, row);
    expect(value).toEqual(values);
    again.push((await write(store, row, token, { ...values, text: "ours" })).status);
  }
  expect(new Set(again)).toEqual(new Set(["applied"]));
  // The counter that they made goes on where it was.
  const versions = (await asOwner(table.name)).filter(({ column }) => column === "f:version");
  expect(versions.map(({ long }) => long)).toEqual(versions.map(() => "42"));
});

test("cells that are not what the mapping says are told by name, and values that do not fit are refused", async () => {
  const table = await SomebodysTable.make({ f: 1 });
  const store = await opened(table);
  await table.put("short", { "f:int": "abc", "f:version": Buffer.alloc(8) });
  await table.put("no text", { "f:text": Uint8Array.of(0xff), "f:version": Buffer.alloc(8) });
  expect(await read(store, "short")).toMatchObject({
    state: "notRepresentable",
    reason: expect.stringContaining("int: it has 3 bytes, the mapping says 4"),
  });
  expect(await read(store, "no text")).toMatchObject({ reason: expect.stringContaining("not UTF-8") });
  for (const [value, reason] of [
    [{ int: 2 ** 31 }, /Int: it does not fit in 32 bits/],
    [{ bigint: 2n ** 63n }, /Bigint: it does not fit in 64 bits/],
    [{ flag: 1 }, /Flag: a number is no boolean/],
    [{ double: Number.NaN }, /Double: .*NaN/],
    [{ text: "\ud800" }, /Text: .*lone surrogate/],
    [
      { bytes: new Uint8Array(10 * 1024 * 1024) },
      /F:bytes: it has 10485760 bytes, and HBase's cells take 10 MB/,
    ],
  ] as const) {
    expect(await write(store, "new", null, value)).toMatchObject({
      status: "rejected",
      reason: expect.stringMatching(reason),
    });
  }
  expect(await write(store, "k".repeat(40_000), null, { int: 1 })).toMatchObject({ status: "rejected" });
  expect(await write(store, "", null, { int: 1 })).toMatchObject({
    code: "not-representable",
    reason: expect.stringContaining("no empty row keys"),
  });
  expect(await table.row("new")).toBeUndefined();
});

test("row keys of any bytes come back, in the order of IndexedDB's binary keys", async () => {
  const table = await SomebodysTable.make({ f: 1 });
  const random = fc.sample(fc.uint8Array({ minLength: 3, maxLength: 40 }), 40);
  const keys = [...new Map(random.map((key) => [key.join(), new Uint8Array(key)])).values()];
  keys.push(
    Uint8Array.of(0),
    Uint8Array.of(0xff, 0),
    Uint8Array.of(0x2a),
    Uint8Array.of(0x80),
    Uint8Array.of(0x2f),
  );
  await table.putRows(keys.map((key) => [key, { "f:v": key }]));
  const mapping = {
    columns: {
      table: table.name,
      key: [{ column: "(row key)", as: "buffer" as const }],
      fields: [{ ...cellField("f:v", "bytes"), path: [] }],
    },
  };
  const store = await bed.opened(mapping);
  for (const key of keys) {
    const { value, token = "" } = await read(store, key.slice().buffer);
    expect(value).toEqual(key);
    expect((await write(store, key.slice().buffer, token, Uint8Array.of(7))).status).toBe("applied");
    expect((await table.bytes(key))?.["f:v"]).toEqual(Buffer.of(7));
  }
  expect((await read(store, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).buffer)).state).toBe("absent");
});
