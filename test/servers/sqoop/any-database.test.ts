/** H2, of which Driftscope knows nothing but its JDBC driver: what is read of it, and that nothing is written. */
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { JdbcBackend } from "../../../bridge/backends/sqoop/jdbc/jdbc-backend.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { ConversionName } from "../../../core/mapping/conversions.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { create, initOf, readAll, scanAll } from "../../conformance/suite/bed.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { sqoopSettings } from "./fresh-tables.ts";
import { H2_USER, H2Server } from "./h2-server.ts";
import { PASSWORD } from "./postgresql-server.ts";
import { countedSqoopCommand, sqoopCommand } from "./sqoop-command.ts";
import { SqoopTablesBed } from "./tables-bed.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** A column's type as it is declared, how it is mapped, and values as SQL with what is read of them. */
type TypeCase = readonly [type: string, as: ConversionName, values: readonly (readonly [string, unknown])[]];

/** As SQL of H2 that is ASCII. */
const sqlOf = (text: string): string =>
  `U&'${Array.from(text, (character) => {
    return /^[A-Za-z0-9 ]$/.test(character)
      ? character
      : `\\+${(character.codePointAt(0) ?? 0).toString(16).padStart(6, "0")}`;
  }).join("")}'`;
const text = (value: string): readonly [string, string] => [sqlOf(value), value];

const TEXTS = [
  "",
  " ",
  "a\nline\r\nand a\ttab\\",
  "\\N",
  "null",
  "$CONDITIONS",
  "'quotes' \"and\" `others`",
  "é😀日本語 עברית \u2028 \u0001",
];

const CASES: Readonly<Record<string, TypeCase>> = {
  BOOLEAN: [
    "BOOLEAN",
    "boolean",
    [
      ["TRUE", true],
      ["FALSE", false],
    ],
  ],
  INTEGER: ["INTEGER", "integer", [["-2147483648", -2147483648]]],
  BIGINT: ["BIGINT", "bigint", [["9223372036854775807", 9223372036854775807n]]],
  DECIMAL: [
    "DECIMAL(40,18)",
    "text",
    [
      ["-12345678901234567890.123456789012345678", "-12345678901234567890.123456789012345678"],
      ["0", "0.000000000000000000"],
    ],
  ],
  DECFLOAT: ["DECFLOAT", "text", [["1E10", "10000000000"]]],
  REAL: ["REAL", "real", [["0.5", 0.5]]],
  DOUBLE: [
    "DOUBLE PRECISION",
    "real",
    [
      ["0.1", 0.1],
      ["1.7976931348623157E308", 1.7976931348623157e308],
    ],
  ],
  VARCHAR: ["VARCHAR(200)", "text", TEXTS.map(text)],
  CHAR: ["CHAR(5)", "text", [["'ab'", "ab   "]]],
  CLOB: ["CLOB", "text", [text(""), text("a\n😀"), ["REPEAT('x', 100000)", "x".repeat(100_000)]]],
  VARBINARY: ["VARBINARY(300)", "bytes", [["X''", new Uint8Array()]]],
  BLOB: ["BLOB", "bytes", [["X'00ff0a0d09'", new Uint8Array([0, 255, 10, 13, 9])]]],
  UUID: ["UUID", "bytes", [["X'0000000000000000000000000000000a'", new Uint8Array(16).fill(10, 15)]]],
  DATE: ["DATE", "text", [["DATE '1582-10-10'", "1582-10-10"]]],
  TIME: ["TIME(9)", "text", [["TIME '23:59:59.123456780'", "23:59:59.12345678"]]],
  TIMESTAMP: [
    "TIMESTAMP(9)",
    "text",
    [
      ["TIMESTAMP '1582-10-10 07:08:09.123456789'", "1582-10-10 07:08:09.123456789"],
      ["TIMESTAMP '2024-03-31 02:30:00'", "2024-03-31 02:30:00"],
    ],
  ],
  ZONED: [
    "TIMESTAMP(6) WITH TIME ZONE",
    "text",
    [["TIMESTAMP WITH TIME ZONE '2024-05-06 07:08:09.123456+02:00'", "2024-05-06 07:08:09.123456+02"]],
  ],
};

/** One property each, and none: all columns are NULL. */
const RECORDS = [
  ...Object.entries(CASES).flatMap(([name, [, , values]]) =>
    values.map(([sql, value]) => ({ column: name, sql, record: { [name]: value } })),
  ),
  { column: "VARCHAR", sql: "NULL", record: {} },
];

const TABLE = "PUBLIC.every type";

let h2: H2Server;
let bed: SqoopTablesBed;
let cli: ConfiguredCli;
/** A line for each run of Sqoop. */
let runs: string;

beforeAll(async () => {
  [h2, cli] = await Promise.all([H2Server.start(), ConfiguredCli.start()]);
  runs = join(cli.folder, "runs");
  writeFileSync(join(cli.folder, "password"), PASSWORD, { mode: 0o600 });
  const columns = Object.entries(CASES).map(([name, [type]]) => `"${name}" ${type}`);
  const inserts = RECORDS.map(
    ({ column, sql }, id) => `INSERT INTO "every type" (ID, "${column}") VALUES (${id}, ${sql});`,
  );
  h2.run(`CREATE TABLE "every type" (ID INTEGER PRIMARY KEY, ${columns.join(", ")}, DOCUMENT JSON, NAME VARCHAR(9) NOT NULL DEFAULT 'x');
    ${inserts.join("\n")}
    CREATE TABLE ORDERS (SHOP VARCHAR(20), NUMBER INTEGER, TOTAL DECIMAL(10,2), PRIMARY KEY (SHOP, NUMBER));
    INSERT INTO ORDERS VALUES ('here', 1, 1.50), ('here', 2, NULL), ('there', 1, 3), (U&'\\00e9', 1, 4);
    CREATE VIEW TOTALS AS SELECT SHOP, SUM(TOTAL) AS TOTAL FROM ORDERS GROUP BY SHOP;`);
  bed = new SqoopTablesBed(
    new JdbcBackend(
      sqoopSettings(
        {
          command: countedSqoopCommand(runs),
          connect: h2.connect,
          where: `Sqoop on ${h2.connect}`,
          driver: "org.h2.Driver",
          credentials: { username: H2_USER, password: () => PASSWORD },
        },
        0,
      ),
      { here: `SELECT NUMBER, TOTAL * 2 AS TWICE FROM ORDERS WHERE SHOP = 'here' AND $CONDITIONS` },
    ),
  );
});
afterAll(async () => {
  await bed?.dispose();
  await Promise.all([cli?.dispose(), h2?.dispose()]);
});

async function openStore(mapping: TableMapping): Promise<RemoteStore> {
  const store = await bed.store(mapping);
  await store.init(initOf(mapping.columns.table, projectionIdOf({ columns: mapping.columns })));
  return store;
}

async function recordsOf(store: RemoteStore, keys: readonly unknown[]): Promise<unknown[]> {
  const found = await readAll(store, keys);
  return found.map(({ state, body }) => (body === undefined ? state : decodeValue(body)));
}

const orders: TableMapping = {
  columns: {
    table: "PUBLIC.ORDERS",
    key: [
      { column: "SHOP", as: "text" },
      { column: "NUMBER", as: "integer" },
    ],
    fields: [{ path: ["total"], column: "TOTAL", as: "text", whenNull: "null" }],
  },
};

test("values of every type are read as they are, NULL and the empty text among them, and nothing is written", async () => {
  const described = await bed.backend.tables.describe(TABLE);
  expect(described).toMatchObject({ name: TABLE, isView: false, primaryKey: ["ID"] });
  expect(described.columns).toContainEqual({
    name: "DECIMAL",
    type: "DECIMAL(40,18)",
    nullable: true,
    suggested: "text",
  });
  expect(described.columns).toContainEqual({ name: "DOCUMENT", type: "OTHER", nullable: true });
  expect(described.columns.find(({ name }) => name === "NAME")?.nullable).toBe(false);
  const mapping: TableMapping = {
    columns: {
      table: TABLE,
      key: [{ column: "ID", as: "integer" }],
      fields: Object.entries(CASES).map(([name, [, as]]) => ({
        path: [name],
        column: name,
        as,
        whenNull: "absent",
      })),
    },
  };
  const examined = await bed.backend.tables.examine?.(mapping);
  expect(examined?.reads).toMatch(
    /^all of the table, by an import of Sqoop, which took \d+\.\d s the last time$/,
  );
  expect(examined?.readOnly).toMatch(/a function of the database that merges .* for PostgreSQL alone/);
  const store = await openStore(mapping);
  const ids = RECORDS.map((_, id) => id);
  expect(await scanAll(store)).toHaveLength(RECORDS.length);
  // All in the same breath: one run.
  writeFileSync(runs, "");
  const records = await Promise.all(ids.map((id) => recordsOf(store, [id])));
  expect(records.flat()).toEqual(RECORDS.map(({ record }) => record));
  expect(readFileSync(runs, "utf8")).toBe("import\n");
  const [outcome] = await store.write([create(99, { VARCHAR: "mine" })], { applyId: randomUUID() });
  expect(outcome).toMatchObject({
    status: "rejected",
    code: "read-only",
    reason: expect.stringContaining("for PostgreSQL alone"),
  });
  const unmapped = { path: ["document"], column: "DOCUMENT", as: "json", whenNull: "absent" } as const;
  await expect(
    bed.backend.tables.examine?.({ columns: { ...mapping.columns, fields: [unmapped] } }),
  ).rejects.toThrow(/"DOCUMENT" is of the type OTHER, which cannot be mapped: .*queries/);
});

test("keys of several columns and of any script, a scope, a view and a query; what changed since is named", async () => {
  expect(await bed.backend.tables.list()).toEqual([
    { name: "PUBLIC.ORDERS", isView: false },
    { name: "PUBLIC.TOTALS", isView: true },
    { name: TABLE, isView: false },
    { name: "query:here", isView: true },
  ]);
  const here = await openStore({ ...orders, scope: { column: "SHOP", is: "=", value: "here" } });
  const query = await openStore({
    columns: {
      table: "query:here",
      key: [{ column: "NUMBER", as: "integer" }],
      fields: [{ path: ["twice"], column: "TWICE", as: "text", whenNull: "null" }],
    },
  });
  const [inScope, some, twice] = await Promise.all([
    scanAll(here),
    recordsOf(here, [
      ["here", 2],
      ["nowhere", 1],
      ["there", 1],
    ]),
    recordsOf(query, [1, 2]),
  ]);
  expect(inScope).toHaveLength(2);
  expect(some).toEqual([{ total: null }, "absent", { total: "3.00" }]);
  expect(twice).toEqual([{ twice: "3.00" }, { twice: null }]);
  // In no SQL that every database reads alike: all rows are read for it.
  expect(await recordsOf(here, [["é", 1]])).toEqual([{ total: "4.00" }]);

  h2.run("DROP VIEW TOTALS; ALTER TABLE ORDERS DROP COLUMN TOTAL;");
  await expect(scanAll(here)).rejects.toMatchObject({
    code: "mapping-mismatch",
    message: expect.stringContaining('no column "TOTAL"'),
  });
});

test("driftscope doctor says that it can be read, and why not be written", async () => {
  const connection = {
    backend: "sqoop",
    connect: h2.connect,
    driver: "org.h2.Driver",
    command: sqoopCommand(),
    credentials: { username: H2_USER, password: { file: "password" } },
  };
  const { stdout } = await cli.run(connection, "doctor", "far");
  expect(stdout).toMatch(/ok database: can be read, \d tables and views/);
  expect(stdout).toMatch(/\?\? writing: This database is read only here/);
  expect(stdout).not.toContain(PASSWORD);
});
