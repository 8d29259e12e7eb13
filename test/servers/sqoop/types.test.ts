/** Values of every type: written by us and read by another client, and the other way round. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { ConversionName } from "../../../core/mapping/conversions.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { create, initOf, keyBytes, replace, scanAll, tokenOf } from "../../conformance/suite/bed.ts";
import { freshPrefix } from "./fresh-tables.ts";
import { runSql } from "./run-sql.ts";
import { SqoopTablesBed } from "./tables-bed.ts";

/** A column's type, how it is mapped, and values with what PostgreSQL reads of the same. */
type TypeCase = readonly [type: string, as: ConversionName, values: readonly (readonly [unknown, string])[]];

const text = (value: string): readonly [unknown, string] => [value, value];
const hex = (bytes: readonly number[]): readonly [unknown, string] => [
  new Uint8Array(bytes),
  `\\x${Buffer.from(bytes).toString("hex")}`,
];

const TEXTS = [
  "",
  " ",
  "a\nline\r\nand a\ttab\\",
  "@N@",
  "\\N",
  "null",
  "$CONDITIONS",
  "'quotes' \"and\" `others`",
  "é😀日本語 עברית \u2028 \u0001",
  "x".repeat(100_000),
];

const CASES: Readonly<Record<string, TypeCase>> = {
  boolean: [
    "boolean",
    "boolean",
    [
      [true, "true"],
      [false, "false"],
    ],
  ],
  integer: [
    "integer",
    "integer",
    [
      [2147483647, "2147483647"],
      [-1, "-1"],
    ],
  ],
  bigint: ["bigint", "bigint", [9223372036854775807n, -9223372036854775808n].map((n) => [n, String(n)])],
  numeric: [
    "numeric",
    "text",
    ["1.50", "0.000", "-12345678901234567890.123456789012345678", "NaN"].map(text),
  ],
  price: ["numeric(10,2)", "text", ["1.50", "-99999999.99"].map(text)],
  real: ["real", "real", [0.5, -3].map((n) => [n, String(n)])],
  double: [
    "double precision",
    "real",
    [0.1, 5e-324, 1.7976931348623157e308, 1e21].map((n) => [n, String(n)]),
  ],
  text: ["text", "text", TEXTS.map(text)],
  varchar: ["varchar(20)", "text", ["", "é😀", "a\nb"].map(text)],
  bytea: ["bytea", "bytes", [hex([]), hex(Array.from({ length: 256 }, (_, i) => i))]],
  uuid: ["uuid", "text", [text("00000000-0000-0000-0000-00000000000a")]],
  date: ["date", "text", ["0001-01-01", "2024-02-29"].map(text)],
  time: ["time", "text", ["00:00:00", "23:59:59.999999"].map(text)],
  timestamp: ["timestamp", "text", ["2024-05-06 07:08:09", "1582-10-10 07:08:09.123456"].map(text)],
  timestamptz: [
    "timestamptz",
    "dateText",
    ["2024-05-06T07:08:09.010Z", "1969-12-31T23:59:59.999Z", "2024-03-31T01:30:00.000Z"].map((iso) => [
      new Date(iso),
      iso,
    ]),
  ],
  micros: ["timestamptz", "text", [text("2024-05-06T07:08:09.123456Z")]],
  json: ["json", "json", [[{ b: [1, "x\n"], a: null }, '{"b":[1,"x\\n"],"a":null}']]],
  jsonb: ["jsonb", "json", [[{ b: [1, "x\n"], a: null }, '{"b":[1,"x\\n"],"a":null}']]],
};

// All side by side: what they ask at the same time is one run of Sqoop.
vi.setConfig({ maxConcurrency: 100, testTimeout: 300_000 });

let bed: SqoopTablesBed;
beforeAll(async () => {
  bed = await SqoopTablesBed.start();
}, 600_000);
afterAll(() => bed?.dispose());

const COLUMNS = Object.keys(CASES);

/** With a column of each type, quoted so that names of every script do. */
async function typedTable(): Promise<{ table: string; mapping: TableMapping; store: RemoteStore }> {
  const table = `${freshPrefix()} Tëst`;
  const columns = Object.entries(CASES).map(([name, [type]]) => `"${name} ü" ${type}`);
  await runSql(`CREATE TABLE "${table}" (id int PRIMARY KEY, ${columns.join(", ")})`);
  const mapping: TableMapping = {
    columns: {
      table,
      key: [{ column: "id", as: "integer" }],
      fields: Object.entries(CASES).map(([name, [, as]]) => ({
        path: [name],
        column: `${name} ü`,
        as,
        whenNull: "absent",
      })),
    },
  };
  const store = await bed.store(mapping);
  await store.init(initOf(table, projectionIdOf({ columns: mapping.columns })));
  return { table, mapping, store };
}

/** A record with one property for each value, and one with none: all columns are NULL. */
const RECORDS = [
  ...Object.entries(CASES).flatMap(([name, [, , values]]) =>
    values.map(([value, sql]) => ({ name, record: { [name]: value }, sql })),
  ),
  { name: "text", record: {}, sql: undefined },
];

async function recordsOf(store: RemoteStore, ids: readonly number[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const chunk of store.read(ids.map(keyBytes))) {
    for (const { state, body } of chunk) found.push(body === undefined ? state : decodeValue(body));
  }
  return found;
}

describe("values of every type", { concurrent: true }, () => {
  const ids = RECORDS.map((_, id) => id);

  test("that we write are what another client reads, and NULL is none of them", async () => {
    const { table, store } = await typedTable();
    const outcomes = await store.write(
      RECORDS.map(({ record }, id) => create(id, record)),
      { applyId: randomUUID() },
    );
    for (const outcome of outcomes) tokenOf(outcome);
    for (const [id, { name, sql }] of RECORDS.entries()) {
      const type = CASES[name]?.[0];
      const others = COLUMNS.filter((column) => column !== name).map((column) => `"${column} ü" IS NULL`);
      const [row] = await runSql(
        `SELECT "${name} ü"::text IS NOT DISTINCT FROM ($1::${type})::text, ${others.join(" AND ")} FROM "${table}" WHERE id = $2`,
        [sql ?? null, id],
      );
      expect({ name, sql, row }).toEqual({ name, sql, row: [true, true] });
    }
    expect(await recordsOf(store, ids)).toEqual(RECORDS.map(({ record }) => record));
    // Changed once more: the condition on all cells that were seen holds for each of them.
    const changed = await store.write(
      outcomes.map((outcome, id) => replace(id, tokenOf(outcome), { integer: id })),
      { applyId: randomUUID() },
    );
    expect(new Set(changed.map(({ status }) => status))).toEqual(new Set(["applied"]));
    const rows = await runSql(
      `SELECT count(*)::int, count("integer ü")::int, count("text ü")::int FROM "${table}"`,
    );
    expect(rows).toEqual([[RECORDS.length, RECORDS.length, 0]]);
  });

  test("that another client writes are what we read", async () => {
    const { table, store } = await typedTable();
    for (const [id, { name, sql }] of RECORDS.entries()) {
      await runSql(`INSERT INTO "${table}" (id, "${name} ü") VALUES ($1, $2)`, [id, sql ?? null]);
    }
    expect(await recordsOf(store, ids)).toEqual(RECORDS.map(({ record }) => record));
  });
});

test.concurrent("what a column cannot hold is refused with the reason, and its neighbours are written", async () => {
  const { table, store } = await typedTable();
  const refused: readonly [object, string, RegExp][] = [
    [{ text: "a\0b" }, "not-representable", /NUL/],
    [{ text: "\ud800" }, "not-representable", /lone surrogate/],
    [{ integer: 2 ** 31 }, "not-representable", /does not fit in integer/],
    [{ real: 0.1 }, "not-representable", /real has no such number/],
    [{ date: "2023-02-29" }, "not-representable", /not like "2024-05-06"/],
    [{ price: "1.505" }, "changed-by-database", /nothing was written/],
    [{ price: "123456789.00" }, "constraint", /numeric field overflow/],
    [{ varchar: "x".repeat(21) }, "constraint", /too long/],
  ];
  const outcomes = await store.write(
    [...refused.map(([record], id) => create(id, record)), create(99, { text: "kept" })],
    { applyId: randomUUID() },
  );
  for (const [i, [, code, reason]] of refused.entries()) {
    expect(outcomes[i]).toMatchObject({ status: "rejected", code, reason: expect.stringMatching(reason) });
  }
  tokenOf(outcomes.at(-1));
  expect(await runSql(`SELECT id FROM "${table}"`)).toEqual([[99]]);
});

test.concurrent("constraints are outcomes that name them; neighbours are written", async () => {
  const [shelves, items] = [freshPrefix(), freshPrefix()];
  await runSql(`CREATE TABLE ${shelves} (name text PRIMARY KEY)`);
  await runSql(`INSERT INTO ${shelves} VALUES ('top')`);
  await runSql(`CREATE TABLE ${items} (id int PRIMARY KEY, name text NOT NULL, price numeric CONSTRAINT has_a_price CHECK (price > 0),
    sku text CONSTRAINT ${items}_one_sku UNIQUE, shelf text CONSTRAINT on_a_shelf REFERENCES ${shelves})`);
  const fields = ["name", "price", "sku", "shelf"];
  const mapping: TableMapping = {
    columns: {
      table: items,
      key: [{ column: "id", as: "integer" }],
      fields: fields.map((column) => ({ path: [column], column, as: "text", whenNull: "absent" })),
    },
  };
  const store = await bed.store(mapping);
  await store.init(initOf(items, projectionIdOf({ columns: mapping.columns })));
  const outcomes = await store.write(
    [
      create(1, { name: "a", price: "1", sku: "x", shelf: "top" }),
      create(2, { price: "1" }),
      create(3, { name: "b", price: "-1" }),
      create(4, { name: "c", sku: "x" }),
      create(5, { name: "d", shelf: "bottom" }),
      create(6, { name: "e" }),
    ],
    { applyId: randomUUID() },
  );
  expect(outcomes).toMatchObject([
    { status: "applied" },
    { status: "rejected", code: "not-null", reason: expect.stringContaining("name") },
    { status: "rejected", code: "check", reason: expect.stringContaining("has_a_price") },
    { status: "rejected", code: "unique", reason: expect.stringContaining("one_sku") },
    { status: "rejected", code: "foreign-key", reason: expect.stringContaining("on_a_shelf") },
    { status: "applied" },
  ]);
  expect(await runSql(`SELECT id FROM ${items} ORDER BY id`)).toEqual([[1], [6]]);
});

test.concurrent("a column that vanished between the plan and its apply: nothing is written, and the mapping is asked for", async () => {
  const { table, store } = await typedTable();
  await runSql(`ALTER TABLE "${table}" DROP COLUMN "uuid ü"`);
  const [outcome] = await store.write([create(1, { text: "a" })], { applyId: randomUUID() });
  expect(outcome).toMatchObject({
    status: "rejected",
    code: "mapping-mismatch",
    reason: expect.stringContaining("uuid ü"),
  });
  expect(await runSql(`SELECT count(*)::int FROM "${table}"`)).toEqual([[0]]);
});

test.concurrent("a query is read as a table is, typed by what it gives, and nothing is written to it", async () => {
  const orders = freshPrefix();
  await runSql(`CREATE TABLE ${orders} (id int PRIMARY KEY, price numeric(10,2), at timestamptz, shop text)`);
  await runSql(
    `INSERT INTO ${orders} VALUES (1, 1.50, '2024-05-06 07:08:09Z', 'here'), (2, 2, NULL, 'there')`,
  );
  const sql = `SELECT o.id, o.price * 2 AS double_price, o.at
    FROM ${orders} AS o WHERE o.shop = 'here' AND $CONDITIONS`;
  const querying = await SqoopTablesBed.start({ orders_here: sql });
  try {
    const { tables } = querying.backend;
    expect(await tables.list()).toContainEqual({ name: "query:orders_here", isView: true });
    const mapping: TableMapping = {
      columns: {
        table: "query:orders_here",
        key: [{ column: "id", as: "integer" }],
        fields: [
          { path: ["price"], column: "double_price", as: "text", whenNull: "absent" },
          { path: ["at"], column: "at", as: "dateText", whenNull: "absent" },
        ],
      },
    };
    expect((await tables.examine?.(mapping))?.readOnly).toContain("query");
    const store = await querying.store(mapping);
    expect(await scanAll(store)).toHaveLength(1);
    expect(await recordsOf(store, [1, 2])).toEqual([
      { price: "3.00", at: new Date("2024-05-06T07:08:09.000Z") },
      "absent",
    ]);
  } finally {
    await querying.dispose();
  }
});
