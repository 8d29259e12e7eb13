/** Folders that are declared ours: what a push makes of their files, to the letter, and what it refuses. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tidyCommits } from "../../../bridge/backends/hdfs/folders/writing/tidy-commits.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { scanAll, tokenOf } from "../../conformance/suite/bed.ts";
import { read, undoDeletion, write } from "../../conformance/suite/existing-tables.ts";
import { repositoryRoot } from "../../support/repository.ts";
import { FoldersBed, mappingOf } from "./folders-bed.ts";
import { namesIn, setTime } from "./hdfs-files.ts";

let bed: FoldersBed;
/** Another bridge, to which the folders are somebody's. */
let others: FoldersBed;
beforeAll(() => {
  bed = new FoldersBed({ ours: ["*"] });
  others = new FoldersBed({ tablesFolder: bed.tablesFolder });
});
afterAll(() => Promise.all([bed.dispose(), others.dispose()]));

const tokenAt = async (store: RemoteStore, id: unknown): Promise<string> =>
  (await read(store, id)).token ?? "";

/** Changes what is there under 1, deletes 2, adds 9. @returns What puts the deleted row back. */
async function changeDeleteAdd(
  mapping: TableMapping,
  changed: object,
  added: object,
): Promise<() => Promise<number>> {
  const store = await bed.store(mapping);
  expect(store.capabilities).toMatchObject({ writable: true, canFence: false, tombstones: false });
  const applyId = randomUUID();
  tokenOf(await write(store, 1, await tokenAt(store, 1), changed));
  expect(await write(store, 2, await tokenAt(store, 2), undefined, { applyId })).toMatchObject({
    status: "applied",
  });
  tokenOf(await write(store, 9, null, added));
  return () => undoDeletion(store, 2, applyId);
}

const textsOf = async (table: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(await bed.visible(table)).map(([name, bytes]) => [name, bytes.toString()]),
  );

test("NDJSON: a changed field alone is another one; other rows, fields and files stay to the letter", async () => {
  const other = '{"id":5,"n":"e"}\n'.padEnd(200, " ");
  const table = await bed.table({
    _SUCCESS: "",
    "a.json":
      '{ "x": 1.50, "id":1,"n":"a","big":12345678901234567890,"deep":{"n":"a"} }\r\n\n{"id":2,"n":"b","deep":[1e400],"flag":true,"none":null}\r\n{"id":3,"n":"\\u0063"}',
    "b.json": other,
  });
  const mapping = mappingOf(table, { n: "text", more: "json" });
  const undo = await changeDeleteAdd(mapping, { n: 'q"' }, { n: "i", more: [1, { a: null }] });
  expect(await textsOf(table)).toEqual({
    "a.json":
      '{ "x": 1.50, "id":1,"n":"q\\"","big":12345678901234567890,"deep":{"n":"a"} }\r\n\n{"id":3,"n":"\\u0063"}\r\n{"id":9,"n":"i","more":[1,{"a":null}]}\r\n',
    "b.json": other,
  });
  expect(await undo()).toBe(1);
  const restored = (await textsOf(table))["a.json"]?.split("\r\n").at(-2);
  expect(restored).toContain('"deep":[1e400]');
  expect(JSON.parse(restored ?? "")).toEqual({ id: 2, n: "b", deep: [Number.POSITIVE_INFINITY], flag: true });
  const store = await bed.store(mapping);
  tokenOf(await write(store, 3, await tokenAt(store, 3), {}));
  expect((await textsOf(table))["a.json"]).toContain('{"id":3,"n":null}\r\n');
});

test("a JSON array keeps how it is laid out", async () => {
  const table = await bed.table({
    "a.json":
      '\ufeff[\n  { "id": 1, "n": "a,]}", "flag": 0 },\n  { "id": 2, "n": "b" },\n  {\n    "id": 3\n  }\n]\n',
  });
  await changeDeleteAdd(mappingOf(table, { n: "text", flag: "boolean" }), { n: "x", flag: true }, { n: "i" });
  expect(await textsOf(table)).toEqual({
    "a.json": '\ufeff[\n  { "id": 1, "n": "x", "flag": 1 },\n  {\n    "id": 3\n  },\n  {"id":9,"n":"i"}\n]\n',
  });
});

describe("CSV", () => {
  test("keeps its delimiter, line breaks and quotes, and what is not mapped", async () => {
    const table = await bed.table({
      "a.csv": '\ufeffid;n;price;note\r\n1;a;1.50;"x;""y"""\r\n2;b;2;"two\r\nlines"\r\n"3";"";;plain\r\n',
    });
    const undo = await changeDeleteAdd(
      mappingOf(table, { n: "text", price: "real" }),
      { n: 'c;"d"\n', price: 1.5 },
      { n: "", price: -1e21 },
    );
    expect(await textsOf(table)).toEqual({
      "a.csv": '\ufeffid;n;price;note\r\n1;"c;""d""\n";1.50;"x;""y"""\r\n"3";"";;plain\r\n9;"";-1e+21;\r\n',
    });
    expect(await undo()).toBe(1);
    expect((await textsOf(table))["a.csv"]).toContain('2;b;2;"two\r\nlines"\r\n');
  });

  test("that is packed stays so", async () => {
    const table = await bed.table({ "a.csv.gz": gzipSync("id,n\n1,a\n2,b") });
    await changeDeleteAdd(mappingOf(table, { n: "text" }), { n: "x" }, { n: "i" });
    const packed = (await bed.visible(table))["a.csv.gz"];
    expect(gunzipSync(packed ?? "").toString()).toBe("id,n\n1,x\n9,i\n");
  });
});

test("a file that is read otherwise than it would be written is refused, and stays as it is", async () => {
  const text = "id,n\n1,a\rb\n2,c\n";
  const table = await bed.table({ "a.csv": text });
  const store = await bed.store(mappingOf(table, { n: "text" }));
  expect(await read(store, 1)).toMatchObject({ value: { n: "a\rb" } });
  expect(await write(store, 2, await tokenAt(store, 2), { n: "d" })).toMatchObject({
    status: "rejected",
    code: "unsupported",
    reason: expect.stringContaining("a.csv cannot be written back exactly"),
  });
  expect(await namesIn(bed.fs, `${bed.tablesFolder}/${table}`)).toContain("a.csv");
  expect(await textsOf(table)).toEqual({ "a.csv": text });
});

describe("Parquet", () => {
  const column = (name: string, type: string, more: object = {}) => ({
    name,
    type,
    repetition_type: "OPTIONAL",
    ...more,
  });
  const schema = [
    { name: "root", num_children: 9 },
    column("id", "INT64"),
    column("n", "BYTE_ARRAY", { converted_type: "UTF8" }),
    column("cost", "FIXED_LEN_BYTE_ARRAY", {
      type_length: 16,
      converted_type: "DECIMAL",
      precision: 38,
      scale: 2,
    }),
    column("at", "INT64", { logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } }),
    column("day", "INT32", { converted_type: "DATE" }),
    column("small", "FLOAT"),
    column("flag", "BOOLEAN"),
    column("raw", "BYTE_ARRAY"),
    column("byte", "INT32", {
      converted_type: "UINT_8",
      logical_type: { type: "INTEGER", bitWidth: 8, isSigned: false },
    }),
  ];
  const content = (): Uint8Array =>
    new Uint8Array(
      parquetWriteBuffer({
        schema: schema as never,
        columnData: [
          { name: "id", data: [1n, 2n, 3n] },
          { name: "n", data: ["a", "b", null] },
          { name: "cost", data: [1250n, -12345678901234567890123n, null] },
          { name: "at", data: [1714979289010000n, 1714979289010001n, null] },
          { name: "day", data: [19849, -1, null] },
          { name: "small", data: [0.5, Math.fround(0.1), Number.NaN] },
          { name: "flag", data: [true, false, null] },
          { name: "raw", data: [new Uint8Array([0, 255]), new Uint8Array(), null] },
          { name: "byte", data: [255, 0, null] },
        ],
        rowGroupSize: 2,
        kvMetadata: [{ key: "theirs", value: "kept" }],
      }),
    );
  const all = {
    n: "text",
    cost: "text",
    at: "text",
    day: "text",
    small: "real",
    flag: "boolean",
    raw: "bytes",
    byte: "integer",
  } as const;

  test("is written back with its schema, and every value as it was stored", async () => {
    const table = await bed.table({ "a.snappy.parquet": content() });
    const before = await others.contents(mappingOf(table, all));
    const undo = await changeDeleteAdd(
      mappingOf(table, { n: "text", at: "text" }),
      { n: "é😀", at: "1970-01-01T00:00:00.005Z" },
      { n: "i", at: "1969-12-31T23:59:59.999Z" },
    );
    const one = before.get(1) as object;
    const found = await others.contents(mappingOf(table, all));
    expect(found.get(1)).toEqual({ ...one, n: "é😀", at: "1970-01-01T00:00:00.005Z" });
    expect(found.get(3)).toEqual(before.get(3));
    expect(found.get(9)).toEqual({ n: "i", at: "1969-12-31T23:59:59.999Z" });
    expect(found.size).toBe(3);
    expect(await undo()).toBe(1);
    expect((await others.contents(mappingOf(table, all))).get(2)).toEqual(before.get(2));
    const [name, bytes] = Object.entries(await bed.visible(table))[0] ?? [];
    expect(name).toBe("a.snappy.parquet");
    const metadata = parquetMetadata(Uint8Array.from(bytes ?? []).buffer);
    expect(metadata.key_value_metadata).toEqual([{ key: "theirs", value: "kept" }]);
    // By the older word alone: other readers cannot read the newer one as the library writes it.
    const byte = metadata.schema.find((element) => element.name === "byte");
    expect(byte).toMatchObject({ type: "INT32", converted_type: "UINT_8" });
    expect(byte?.logical_type).toBeUndefined();
    const types = (description: Awaited<ReturnType<typeof bed.tables.describe>>) =>
      description.columns.map((described) => [described.name, described.type.replace("UINT_8", "INTEGER")]);
    const fresh = await bed.table({ "a.parquet": content() });
    expect(types(await bed.tables.describe(table))).toEqual(types(await bed.tables.describe(fresh)));
  });

  test("what its columns cannot hold exactly is refused, by a dry run too", async () => {
    const table = await bed.table({ "a.parquet": content() });
    const store = await bed.store(mappingOf(table, all));
    for (const [value, reason] of [
      [{ byte: 256 }, /Byte: 256 does not fit into the column/],
      [{ cost: "1.234" }, /Cost: it is no decimal of 2 digits/],
      [{ small: 0.1 }, /Small: 0\.1 is no number that the column can hold exactly/],
      [{ at: "tomorrow" }, /At: the column holds times/],
      [{ at: "2024-05-06T07:08:09.0000001Z" }, /At: the column holds no more than MICROS/],
      [{ day: "2024-05-06T07:08:09Z" }, /Day: the column holds dates/],
    ] as const) {
      for (const dryRun of [true, false]) {
        expect(await write(store, 7, null, value, { dryRun })).toMatchObject({
          status: "rejected",
          code: "not-representable",
          reason: expect.stringMatching(reason),
        });
      }
    }
    tokenOf(
      await write(store, 7, null, { cost: "-0.10", day: "2024-05-06", at: "2024-05-06T07:08:09.000001Z" }),
    );
    expect((await others.contents(mappingOf(table, all))).get(7)).toEqual({
      cost: "-0.10",
      day: "2024-05-06",
      at: "2024-05-06T07:08:09.000001Z",
    });
  });

  test("with objects, lists or times of the old kind it is read-only, and says why", async () => {
    const bytes = readFileSync(join(repositoryRoot, "test/fixtures/pyarrow.parquet"));
    const table = await bed.table({ "a.parquet": bytes });
    const store = await bed.store(mappingOf(table, { name: "text" }));
    expect(store.capabilities.writable).toBe(false);
    expect(await write(store, 77, null, { name: "x" })).toMatchObject({
      code: "read-only",
      reason: expect.stringMatching(/cannot be written back exactly, as the column .* holds/),
    });
  });
});

test("in partitions: rows are changed where they lie, and added where their folder is", async () => {
  const table = await bed.table({
    "region=eu/a.json": '{"id":1,"n":"a"}\n{"id":2,"n":"b"}\n',
    "region=us/a.json": '{"id":3,"n":"c"}\n',
  });
  const store = await bed.store(mappingOf(table, { n: "text", region: "text" }));
  tokenOf(await write(store, 1, await tokenAt(store, 1), { n: "x", region: "eu" }));
  tokenOf(await write(store, 9, null, { n: "i", region: "us" }));
  expect(await write(store, 2, await tokenAt(store, 2), { n: "b", region: "us" })).toMatchObject({
    status: "rejected",
    reason: expect.stringContaining("rows are not moved"),
  });
  for (const dryRun of [true, false]) {
    expect(await write(store, 10, null, { n: "i", region: "xx" }, { dryRun })).toMatchObject({
      code: "not-representable",
      reason: expect.stringContaining("No folder of the table has its values of region"),
    });
  }
  const [us = ""] = (await namesIn(bed.fs, bed.pathOf(table, "region=us"))).filter((name) => name !== "");
  expect(us).toMatch(/^a\.driftscope-[0-9a-f]{8}\.json$/);
  expect(await others.contents(mappingOf(table, { n: "text", region: "text" }))).toEqual(
    new Map([
      [1, { n: "x", region: "eu" }],
      [2, { n: "b", region: "eu" }],
      [3, { n: "c", region: "us" }],
      [9, { n: "i", region: "us" }],
    ]),
  );
});

test("a folder with nothing in it takes NDJSON; what it was before each push is kept", async () => {
  const table = await bed.table({});
  const store = await bed.store(mappingOf(table, { n: "text" }));
  const first = tokenOf(await write(store, 1, null, { n: "a" }));
  tokenOf(await write(store, 1, first, { n: "b" }));
  expect(Object.values(await textsOf(table))).toEqual(['{"id":1,"n":"b"}\n']);
  const kept = bed.pathOf(table, "_driftscope/commits/000000000002/kept");
  expect(await namesIn(bed.fs, kept)).toEqual([expect.stringMatching(/^0-part-0\.driftscope-.*\.json$/)]);
  expect(await namesIn(bed.fs, bed.pathOf(table, "_driftscope/staging"))).toEqual([]);
});

test("what is kept of our own files goes after a day, of others after thirty, and what somebody wrote to since stays", async () => {
  const table = await bed.table({ "a.json": '{"id":1,"n":"a"}\n' });
  const folder = `${bed.tablesFolder}/${table}`;
  const store = await bed.store(mappingOf(table, { n: "text" }));
  for (const n of ["b", "c", "d", "e"]) tokenOf(await write(store, 1, await tokenAt(store, 1), { n }));
  const commits = `${folder}/_driftscope/commits`;
  const [first = "", second = "", third = "", last = ""] = await namesIn(bed.fs, commits);
  const day = 24 * 60 * 60 * 1000;
  const now = (await bed.fs.status(`${commits}/${last}`))?.modificationTime ?? 0;
  for (const name of [first, second, third]) await setTime(`${commits}/${name}`, now - 2 * day);
  const [kept = ""] = await namesIn(bed.fs, `${commits}/${third}/kept`);
  await setTime(`${commits}/${third}/kept/${kept}`, now);
  await tidyCommits(bed.fs, folder);
  expect(await namesIn(bed.fs, commits)).toEqual([first, third, last]);
  await setTime(`${commits}/${first}`, now - 31 * day);
  await tidyCommits(bed.fs, folder);
  expect(await namesIn(bed.fs, commits)).toEqual([third, last]);
});

test("two rows of one key are neither changed nor deleted", async () => {
  const table = await bed.table({ "a.json": '{"id":1,"n":"a"}\n', "b.json": '{"id":1,"n":"b"}\n' });
  const store = await bed.store(mappingOf(table, { n: "text" }));
  const { token = "" } = await read(store, 1);
  for (const value of [{ n: "x" }, undefined]) {
    expect((await write(store, 1, token, value)).status).not.toBe("applied");
  }
  expect(Object.values(await textsOf(table))).toEqual(['{"id":1,"n":"a"}\n', '{"id":1,"n":"b"}\n']);
});

test("a folder that is not declared ours is read-only, and it is said how to declare it", async () => {
  const named = new FoldersBed({ ours: ["t2"] });
  try {
    const theirs = await named.table({ "a.json": '{"id":1,"n":"a"}\n' });
    const ours = await named.table({ "a.json": '{"id":1,"n":"a"}\n' });
    const store = await named.store(mappingOf(theirs, { n: "text" }));
    expect(store.capabilities.writable).toBe(false);
    expect(await write(store, 2, null, { n: "b" })).toMatchObject({
      code: "read-only",
      reason: expect.stringContaining('"ours": ["t1"]'),
    });
    expect(await scanAll(store)).toHaveLength(1);
    tokenOf(await write(await named.store(mappingOf(ours, { n: "text" })), 2, null, { n: "b" }));
  } finally {
    await named.dispose();
  }
});
