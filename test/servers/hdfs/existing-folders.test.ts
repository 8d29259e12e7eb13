/** Files as somebody's jobs write them, with the values that a careless reader loses. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryRoot } from "../../support/repository.ts";
import { FoldersBed, mappingOf } from "./folders-bed.ts";

let bed: FoldersBed;
beforeAll(() => {
  bed = new FoldersBed();
});
afterAll(() => bed.dispose());

const lines = (...rows: readonly (string | object)[]): string =>
  rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join("");

const PART = "part-00000-0a6c6de3-2f5a-4a0b-9a3b-6f6f6a2f7c11-c000";

test("folders are tables by their names; files beside them and hidden ones are none", async () => {
  const name = await bed.table({ [`${PART}.json`]: lines({ id: 1 }) });
  await bed.put("_hidden", "a.json", lines({ id: 1 }));
  await bed.fs.create(`${bed.tablesFolder}/beside.json`, { chunks: [Buffer.from("{}")], bytes: 2 });
  const names = (await bed.tables.list()).map((table) => table.name);
  expect(names).toContain(name);
  expect(names).not.toContain("_hidden");
  expect(names).not.toContain("beside.json");
  for (const other of ["nowhere", "beside.json", "_hidden", "..", `${name}/x`, ""]) {
    await expect(bed.tables.describe(other)).rejects.toMatchObject({ code: "unknown-table" });
  }
});

describe("NDJSON", () => {
  test("comes as Spark writes it, in several files, with markers and checksums beside them", async () => {
    const table = await bed.table({
      _SUCCESS: "",
      [`.${PART}.json.crc`]: "crc",
      [`${PART}.json`]: lines({ id: 1, name: "é😀", price: 1.5, isNew: true }),
      "part-00001-c000.json": "",
      "part-00002-c000.json": lines(
        { id: 2, name: "", price: 3, isNew: false, tags: ["a", { b: null }] },
        "",
      ),
    });
    const columns = { name: "text", price: "real", isNew: "boolean", tags: "json" } as const;
    expect(await bed.contents(mappingOf(table, columns))).toEqual(
      new Map([
        [1, { name: "é😀", price: 1.5, isNew: true }],
        [2, { name: "", price: 3, isNew: false, tags: ["a", { b: null }] }],
      ]),
    );
  });

  test("no number is rounded", async () => {
    const table = await bed.table({
      "a.json": lines(
        '{"id":1,"big":9007199254740993,"real":0.1,"nested":{"n":9007199254740992}}',
        '{"id":2,"big":-9223372036854775808,"real":5.6843418860808015E-14,"nested":{"n":9007199254740993}}',
        '{"id":3,"big":7,"real":9007199254740993,"nested":[1e400]}',
        '{"id":4,"big":8,"real":0.12345678901234567890}',
        '{"id":9007199254740993,"big":1}',
      ),
    });
    const found = await bed.contents(mappingOf(table, { big: "bigint", real: "real", nested: "json" }));
    expect(found.get(1)).toEqual({ big: 9007199254740993n, real: 0.1, nested: { n: 9007199254740992 } });
    expect(found.get(2)).toMatch(/nested: its number 9007199254740993/);
    expect(found.get(3)).toMatch(/real: 9007199254740993 is no number that JavaScript can hold exactly/);
    expect(found.get(4)).toMatch(/real: 0\.12345678901234567890 is no number/);
    expect(found.size).toBe(5);
    const reals = await bed.contents(mappingOf(table, { big: "bigint", real: "real" }));
    expect(reals.get(2)).toEqual({ big: -9223372036854775808n, real: 5.6843418860808015e-14 });
  });

  test("what is no value of the declared kind is not made one", async () => {
    const table = await bed.table({
      "a.json": lines({ id: 1, n: "5", b: 1 }, { id: 2, n: true, b: true }, { id: 3, n: 5.5, b: "x" }),
    });
    const found = await bed.contents(mappingOf(table, { n: "integer" }));
    expect(found.get(1)).toMatch(/n: the column holds text, the mapping says an integer/);
    expect(found.get(2)).toMatch(/n: it is true, no integer/);
    expect(found.get(3)).toMatch(/n: the column holds a real number/);
  });

  test("is suggested by the first rows, and other columns can be named", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ id: i, at: "2024-05-06T07:08:09.010Z", n: i / 2 }));
    const table = await bed.table({ "a.json": lines(...rows, { id: 99, late: "x" }) });
    const described = await bed.tables.describe(table);
    expect(described).toMatchObject({ columnsOf: "the first 30 rows", primaryKey: [] });
    expect(described.columns.map(({ name, suggested }) => [name, suggested])).toEqual([
      ["id", "integer"],
      ["at", "text"],
      ["n", "real"],
    ]);
    const found = await bed.contents(mappingOf(table, { late: "text", at: "dateText" }));
    expect(found.get(99)).toEqual({ late: "x" });
    expect(found.get(1)).toEqual({ at: new Date("2024-05-06T07:08:09.010Z") });
  });

  test("a broken line fails the scan, with its file and number", async () => {
    const table = await bed.table({ "a.json": lines({ id: 1 }, { id: 2 }, '{"id":3,') });
    await expect(bed.contents(mappingOf(table, { id: "integer" }))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringMatching(/a\.json, line 3: it is no JSON/),
    });
    const bytes = await bed.table({
      "a.json": Buffer.from([...Buffer.from('{"id":1,"n":"'), 0xff, 0x22, 0x7d]),
    });
    await expect(bed.contents(mappingOf(bytes, { n: "text" }))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("not UTF-8"),
    });
  });

  test("several rows of a key are told, by scans and by lookups", async () => {
    const table = await bed.table({
      "a.json": lines({ id: 1, n: "a" }, { id: 2, n: "b" }),
      "b.json": lines({ id: 1, n: "c" }),
    });
    const found = await bed.contents(mappingOf(table, { n: "text" }));
    expect(found.get(1)).toMatch(/several rows have this key/);
    expect(found.get(2)).toEqual({ n: "b" });
    const scope = { column: "n", is: "=", value: "c" } as const;
    const scoped = await bed.contents(mappingOf(table, { n: "text" }, { scope }));
    expect(scoped).toEqual(new Map([[1, { n: "c" }]]));
  });
});

test("a JSON array is read element by element, however it is written", async () => {
  const rows = [
    { id: 1, name: 'a,"]}[{' },
    { id: 2, name: "\\", more: [[1], { b: "}" }] },
  ];
  const tables = [
    JSON.stringify(rows),
    `\ufeff  ${JSON.stringify(rows, null, 2)}\n\n`,
    `[\r\n${rows.map((row) => JSON.stringify(row)).join("\r\n,")}]`,
  ];
  for (const text of tables) {
    const found = await bed.contents(
      mappingOf(await bed.table({ "export.json": text }), { name: "text", more: "json" }),
    );
    expect(found.get(1)).toEqual({ name: 'a,"]}[{' });
    expect(found.get(2)).toEqual({ name: "\\", more: [[1], { b: "}" }] });
  }
  expect(await bed.contents(mappingOf(await bed.table({ "a.json": "[]" }), { n: "text" }))).toEqual(
    new Map(),
  );
  for (const [text, reason] of [
    ['[{"id":1},{"id":2}', /ends before/],
    ['[{"id":1},]', /element 2: it is no JSON/],
    ['[{"id":1}] 5', /goes on behind/],
    ["[1]", /no object/],
  ] as const) {
    const table = await bed.table({ "a.json": text });
    await expect(bed.contents(mappingOf(table, { n: "text" }))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringMatching(reason),
    });
  }
});

describe("CSV", () => {
  test("a field of nothing is NULL, a quoted one is empty; texts are what the mapping says", async () => {
    const table = await bed.table({
      [`${PART}.csv`]:
        'id,name,price,isNew,big\n1,"say ""hi"",\nthere",1.50,true,9007199254740993\n2,"",,FALSE,\n',
      "part-00001.csv": "name,id,price,isNew,big\n007,3,1e3,x,12\n",
    });
    const columns = { name: "text", price: "real", isNew: "boolean", big: "bigint" } as const;
    const found = await bed.contents(mappingOf(table, columns));
    expect(found.get(1)).toEqual({
      name: 'say "hi",\nthere',
      price: 1.5,
      isNew: true,
      big: 9007199254740993n,
    });
    expect(found.get(2)).toEqual({ name: "", isNew: false });
    expect(found.get(3)).toMatch(/isNew: its text x is neither true nor false/);
    const described = await bed.tables.describe(table);
    expect(described.columns.map(({ name, suggested }) => [name, suggested])).toEqual([
      ["name", "text"],
      ["id", "integer"],
      ["price", "real"],
      ["isNew", "text"],
      ["big", "bigint"],
    ]);
    expect(described.columnsOf).toBeUndefined();
  });

  test("is read with tabs and semicolons too; a column that it lacks is named", async () => {
    const table = await bed.table({ "a.tsv": "id\tname\n1\ta,b\n" });
    expect(await bed.contents(mappingOf(table, { name: "text" }))).toEqual(new Map([[1, { name: "a,b" }]]));
    const other = await bed.table({ "a.csv": "\ufeffid;name\r\n1;x\r\n" });
    expect(await bed.contents(mappingOf(other, { name: "text" }))).toEqual(new Map([[1, { name: "x" }]]));
    await expect(bed.store(mappingOf(other, { nothing: "text" }))).rejects.toMatchObject({
      code: "mapping-mismatch",
    });
  });

  test("without a line of names, and with lines of other lengths, it is refused", async () => {
    const headless = await bed.table({ "a.csv": "1,tea,2.5\n2,milk,1\n" });
    await expect(bed.tables.describe(headless)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("no line of column names"),
    });
    const short = await bed.table({ "a.csv": "id,name\n1,a\n2\n" });
    await expect(bed.contents(mappingOf(short, { name: "text" }))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringMatching(/a\.csv: .*line 3/),
    });
  });
});

describe("Parquet", () => {
  const timestamp = (name: string, isAdjustedToUTC: boolean) => ({
    name,
    type: "INT64" as const,
    repetition_type: "OPTIONAL" as const,
    logical_type: { type: "TIMESTAMP" as const, isAdjustedToUTC, unit: "MICROS" as const },
  });
  const parquet = (codec: "SNAPPY" | "UNCOMPRESSED" = "SNAPPY"): Uint8Array =>
    new Uint8Array(
      parquetWriteBuffer({
        schema: [
          { name: "root", num_children: 8 },
          { name: "id", type: "INT64", repetition_type: "REQUIRED" },
          { name: "name", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
          { name: "raw", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
          {
            name: "cost",
            type: "FIXED_LEN_BYTE_ARRAY",
            type_length: 16,
            converted_type: "DECIMAL",
            precision: 38,
            scale: 2,
            repetition_type: "OPTIONAL",
          },
          timestamp("at", true),
          timestamp("local", false),
          { name: "day", type: "INT32", converted_type: "DATE", repetition_type: "OPTIONAL" },
          { name: "ratio", type: "DOUBLE", repetition_type: "OPTIONAL" },
        ],
        columnData: [
          { name: "id", data: [1n, 2n, 9007199254740993n] },
          { name: "name", data: ["é😀", "", null] },
          { name: "raw", data: [new Uint8Array([0, 255]), null, null] },
          { name: "cost", data: [1250n, -12345678901234567890123n, null] },
          { name: "at", data: [1714979289010000n, 1714979289010001n, null] },
          { name: "local", data: [1714979289000000n, null, null] },
          { name: "day", data: [19849, null, null] },
          { name: "ratio", data: [0.1, 1e300, null] },
        ],
        codec,
        rowGroupSize: 2,
      }),
    );

  test("whole numbers, bytes, decimals and times are exact, or told", async () => {
    for (const codec of ["SNAPPY", "UNCOMPRESSED"] as const) {
      const table = await bed.table({ _SUCCESS: "", [`${PART}.snappy.parquet`]: parquet(codec) });
      const columns = {
        name: "text",
        raw: "bytes",
        cost: "text",
        at: "text",
        local: "dateSql",
        day: "text",
        ratio: "real",
      } as const;
      const found = await bed.contents(mappingOf(table, columns));
      expect(found.get(1)).toEqual({
        name: "é😀",
        raw: new Uint8Array([0, 255]),
        cost: "12.50",
        at: "2024-05-06T07:08:09.01Z",
        local: new Date("2024-05-06T07:08:09Z"),
        day: "2024-05-06",
        ratio: 0.1,
      });
      expect(found.get(2)).toEqual({
        name: "",
        cost: "-123456789012345678901.23",
        at: "2024-05-06T07:08:09.010001Z",
        ratio: 1e300,
      });
      expect(found.size).toBe(3);
    }
  });

  test("a number that a double cannot hold and a time that a Date cannot are refused", async () => {
    const table = await bed.table({ "a.parquet": parquet() });
    const costs = await bed.contents(mappingOf(table, { cost: "real" }));
    expect(costs.get(1)).toEqual({ cost: 12.5 });
    expect(costs.get(2)).toMatch(/cost: -123456789012345678901\.23 is no number/);
    const times = await bed.contents(mappingOf(table, { at: "dateMilliseconds" }));
    expect(times.get(1)).toEqual({ at: new Date("2024-05-06T07:08:09.010Z") });
    expect(times.get(2)).toMatch(/more exact than a Date/);
    const locals = await bed.contents(mappingOf(table, { local: "dateMilliseconds" }));
    expect(locals.get(1)).toMatch(/local time of no known zone/);
  });

  test("its columns, types and rows are told", async () => {
    const table = await bed.table({ "a.parquet": parquet(), "b.parquet": parquet("UNCOMPRESSED") });
    const described = await bed.tables.describe(table);
    expect(described).toMatchObject({ rows: 6 });
    expect(described.columnsOf).toBeUndefined();
    const told = Object.fromEntries(
      described.columns.map(({ name, type, suggested }) => [name, [type, suggested]]),
    );
    expect(told).toMatchObject({
      name: [expect.any(String), "text"],
      raw: ["BYTE_ARRAY", "bytes"],
      cost: ["DECIMAL", "text"],
      at: ["TIMESTAMP(MICROS, UTC)", "text"],
      day: ["DATE", "text"],
      ratio: ["DOUBLE", "real"],
    });
  });

  test("that of another writer (PyArrow 26, gzip) has the same values: dictionaries, lists, objects", async () => {
    const bytes = readFileSync(join(repositoryRoot, "test/fixtures/pyarrow.parquet"));
    const table = await bed.table({ "a.parquet": bytes });
    const columns = {
      name: "text",
      cost: "text",
      small: "real",
      at: "text",
      nanos: "text",
      big: "bigint",
      tags: "json",
      flag: "boolean",
    } as const;
    const found = await bed.contents(mappingOf(table, columns));
    expect(found.get(1)).toEqual({
      name: "é😀",
      cost: "12.50",
      small: 0.01,
      at: "2024-05-06T07:08:09.01Z",
      nanos: "2024-05-06T07:08:09.010000001Z",
      big: 18446744073709551615n,
      tags: ["a", null],
      flag: true,
    });
    expect(found.get(2)).toEqual({
      name: "",
      cost: "-123456789012345678901.23",
      small: -7,
      at: "1969-12-31T23:59:59.999999Z",
      nanos: "1970-01-01T00:00:00Z",
      big: 5n,
      tags: [],
      flag: false,
    });
    expect(found.get(3)).toEqual({});
    const addresses = await bed.contents(mappingOf(table, { address: "json" }));
    expect(addresses.get(1)).toMatch(/address: its number 9007199254740993/);
    expect(addresses.get(2)).toEqual({ address: { zip: 1, city: null } });
    const costs = await bed.contents(mappingOf(table, { costs: "json" }));
    expect(costs.get(1)).toMatch(/decimals in objects or arrays/);
  });

  test("one that is cut off is refused", async () => {
    const whole = parquet("UNCOMPRESSED");
    const short = await bed.table({ "a.parquet": whole.subarray(0, whole.length - 20) });
    await expect(bed.tables.describe(short)).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("a.parquet is no whole Parquet file"),
    });
  });
});

test("packed files are read; one that is cut off is not", async () => {
  const packed = gzipSync(lines({ id: 1, n: "a" }, { id: 2, n: "b" }));
  const table = await bed.table({ "a.json.gz": packed, "b.json": lines({ id: 3, n: "c" }) });
  expect((await bed.contents(mappingOf(table, { n: "text" }))).size).toBe(3);
  const short = await bed.table({ "a.json.gz": packed.subarray(0, packed.length - 9) });
  await expect(bed.contents(mappingOf(short, { n: "text" }))).rejects.toMatchObject({
    code: "corrupt",
    message: expect.stringContaining("no whole gzip file"),
  });
});

describe("partitions", () => {
  const files = {
    "region=eu/day=2024-05-06/a.json": lines({ id: 1, n: "a" }),
    "region=us%2Fca/day=2024-05-06/a.json": lines({ id: 2, n: "b" }),
    "region=__HIVE_DEFAULT_PARTITION__/day=2024-05-07/a.json": lines({ id: 3, n: "c" }),
  };

  test("are columns", async () => {
    const table = await bed.table(files);
    expect(await bed.contents(mappingOf(table, { n: "text", region: "text", day: "text" }))).toEqual(
      new Map([
        [1, { n: "a", region: "eu", day: "2024-05-06" }],
        [2, { n: "b", region: "us/ca", day: "2024-05-06" }],
        [3, { n: "c", day: "2024-05-07" }],
      ]),
    );
    const names = (await bed.tables.describe(table)).columns.map(({ name }) => name);
    expect(names.toSorted()).toEqual(["day", "id", "n", "region"]);
  });

  test("a scope of them leaves the other files unread", async () => {
    const table = await bed.table({ ...files, "region=xx/day=2024-05-08/broken.json": "{" });
    const scope = { column: "region", is: "=", value: "eu" } as const;
    const mapping = mappingOf(table, { n: "text", region: "text" }, { scope });
    const batches = bed.tables.rows(mapping).scan({}, new AbortController().signal);
    let rows = 0;
    for await (const { count } of batches) rows += count;
    expect(rows).toBe(1);
    expect((await bed.tables.examine?.(mapping))?.reads).toBe("one file of NDJSON, 1 MB, of 4");
  });

  test("a large folder is read with a scope of them only", async () => {
    const small = new FoldersBed({ largeBytes: 40 });
    try {
      const table = await small.table(files);
      const columns = { n: "text", region: "text" } as const;
      await expect(small.store(mappingOf(table, columns))).rejects.toMatchObject({
        code: "mapping-mismatch",
        message: expect.stringContaining("a column that its partitions are made of (region, day)"),
      });
      const scope = { column: "region", is: "=", value: "eu" } as const;
      expect(await small.contents(mappingOf(table, columns, { scope }))).toEqual(
        new Map([[1, { n: "a", region: "eu" }]]),
      );
      const flat = await small.table({
        "a.json": lines({ id: 1, n: "a much longer text than forty bytes" }),
      });
      await expect(small.store(mappingOf(flat, { n: "text" }))).rejects.toMatchObject({
        message: expect.stringContaining("write it in partitions"),
      });
    } finally {
      await small.dispose();
    }
  });

  test("files in partitions of different columns are no table", async () => {
    const table = await bed.table({ "day=1/a.json": lines({ id: 1 }), "b.json": lines({ id: 2 }) });
    await expect(bed.tables.describe(table)).rejects.toMatchObject({ code: "unsupported" });
  });
});

test("files of several formats, and of formats that nothing here reads, are refused by name", async () => {
  const mixed = await bed.table({ "a.json": lines({ id: 1 }), "b.csv": "id,name\n2,b\n" });
  await expect(bed.contents(mappingOf(mixed, { id: "integer" }))).rejects.toMatchObject({
    code: expect.stringMatching(/unsupported|mapping-mismatch/),
    message: expect.stringMatching(/(a\.json|b\.csv) is (NDJSON|CSV)/),
  });
  const packed = await bed.table({ "a.json.bz2": "BZh9" });
  await expect(bed.tables.describe(packed)).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringContaining("nothing here reads bz2 files"),
  });
});
