/** Cells of every type: written by us and read by Ignite's own Java client, and the other way round. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { IgniteNode } from "../../../bridge/backends/ignite/ignite-node.ts";
import type { RowTexts } from "../../../bridge/backends/ignite/tables/row-texts.ts";
import { sqlTables } from "../../../bridge/backends/ignite/tables/sql-tables.ts";
import type { ServerPlan } from "../../../bridge/backends/shared/tables/server-plan.ts";
import { ServerRows } from "../../../bridge/backends/shared/tables/server-rows.ts";
import type { FoundRow, TableServer } from "../../../bridge/backends/shared/tables/table-server.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { Cell } from "../../../core/mapping/cell.ts";
import { freshPrefix, igniteSettings } from "./fresh-tables.ts";
import { IgniteOwner, type JavaValue } from "./ignite-owner.ts";
import { ONE_GROUP, runSql, someCache } from "./run-sql.ts";

interface TypeCase {
  readonly sql: string;
  readonly is: string;
  readonly cells: fc.Arbitrary<Exclude<Cell, null>>;
  /** As IgniteOwner takes it. */
  readonly toJava: (cell: Exclude<Cell, null>) => string;
  /** Of what IgniteOwner tells. */
  readonly fromJava: (text: string) => Exclude<Cell, null>;
  readonly refused: readonly Exclude<Cell, null>[];
}

const integers = (sql: string, is: string, bits: number): TypeCase => ({
  sql,
  is,
  cells: fc.bigInt(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n),
  toJava: String,
  fromJava: BigInt,
  refused: [2n ** BigInt(bits - 1), -(2n ** BigInt(bits - 1)) - 1n, 1.5, "1"],
});

const texts = (
  sql: string,
  is: string,
  cells: fc.Arbitrary<string>,
  fromJava: (text: string) => string,
  refused: TypeCase["refused"],
): TypeCase => ({ sql, is, cells, toJava: String, fromJava, refused });

const days = fc
  .date({ min: new Date("1582-10-15"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const withFraction = (digits: number): fc.Arbitrary<string> =>
  fc.nat(10 ** digits - 1).map((nanos) => {
    const fraction = String(nanos).padStart(digits, "0").replace(/0+$/, "");
    return fraction === "" ? "" : `.${fraction}`;
  });
const clock = fc.nat(86_399).map((second) => new Date(second * 1000).toISOString().slice(11, 19));
const withoutZeros = (text: string): string => text.replace(/\.?0*$/, "");

const decimals = fc
  .tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(25))
  .map(([unscaled, scale]) => decimalOf(`${unscaled}e${-scale}`));

/** Of digits and their scale. */
function decimalOf(text: string): string {
  const [unscaled = "", exponent = ""] = text.split("e");
  const scale = -Number(exponent);
  const sign = unscaled.startsWith("-") ? "-" : "";
  const digits = unscaled.replace("-", "").padStart(scale + 1, "0");
  return scale === 0 ? unscaled : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const CASES: readonly TypeCase[] = [
  {
    sql: "BOOLEAN",
    is: "java.lang.Boolean",
    cells: fc.constantFrom(0n, 1n),
    toJava: (cell) => String(cell === 1n),
    fromJava: (text) => (text === "true" ? 1n : 0n),
    refused: [2n, "true"],
  },
  integers("TINYINT", "java.lang.Byte", 8),
  integers("SMALLINT", "java.lang.Short", 16),
  integers("INT", "java.lang.Integer", 32),
  integers("BIGINT", "java.lang.Long", 64),
  texts("DECIMAL", "java.math.BigDecimal", decimals, decimalOf, ["1.", "-0", "01", "1e5", "x", 1, ".5"]),
  {
    sql: "DOUBLE",
    is: "java.lang.Double",
    cells: fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
    toJava: String,
    fromJava: Number,
    refused: [-0, "1", 2n ** 53n + 1n],
  },
  {
    sql: "REAL",
    is: "java.lang.Float",
    cells: fc.float({ noNaN: true }).filter((value) => !Object.is(value, -0)),
    toJava: String,
    fromJava: (text) => Math.fround(Number(text)),
    refused: [0.1, 1e300, -0],
  },
  texts("VARCHAR", "java.lang.String", fc.string({ unit: "binary" }), String, ["\ud800", 1n]),
  texts("CHAR(40)", "java.lang.String", fc.string({ unit: "binary", maxLength: 20 }), String, ["\ud800"]),
  texts("UUID", "java.util.UUID", fc.uuid(), String, ["x", "00000000-0000-0000-0000-00000000000A"]),
  texts("DATE", "java.sql.Date", days, String, ["2023-02-29", "1582-10-14", "2024-1-1", "10000-01-01"]),
  texts(
    "TIME",
    "java.sql.Time",
    fc.tuple(clock, withFraction(3)).map((parts) => parts.join("")),
    (text) => {
      const [seconds = "", milliseconds = ""] = text.split(".");
      return withoutZeros(`${seconds}.${milliseconds.padStart(3, "0")}`);
    },
    ["24:00:00", "12:00", "12:00:00.1234", "12:00:00.10"],
  ),
  texts(
    "TIMESTAMP",
    "java.sql.Timestamp",
    fc.tuple(days, clock, withFraction(9)).map(([day, time, fraction]) => `${day} ${time}${fraction}`),
    withoutZeros,
    ["2024-05-06T07:08:09", "2024-05-06 07:08:09.0", "2024-05-06", "2024-02-30 00:00:00"],
  ),
  {
    sql: "VARBINARY",
    is: "[B",
    cells: fc.uint8Array({ maxLength: 40 }),
    toJava: (cell) => toHex(cell as Uint8Array),
    fromJava: (text) => Uint8Array.from(Buffer.from(text, "hex")),
    refused: ["00", 1n],
  },
];

let owner: IgniteOwner;
let node: IgniteNode;
let server: TableServer<RowTexts>;
beforeAll(async () => {
  owner = new IgniteOwner(inject("igniteThin"));
  node = new IgniteNode(igniteSettings());
  server = sqlTables(node);
});
afterAll(async () => {
  await owner?.close();
  await node?.close();
});

/** A table of a row a cell, and what a mapping of it means. */
async function tableOf({ sql }: TypeCase): Promise<{ table: string; plan: ServerPlan }> {
  const table = freshPrefix().toUpperCase();
  await runSql(
    await someCache(),
    `CREATE TABLE ${table} (id INT PRIMARY KEY, c ${sql}, other INT DEFAULT 7) WITH "${ONE_GROUP}"`,
  );
  const rows = new ServerRows(server, {
    columns: {
      table,
      key: [{ column: "ID", as: "integer" }],
      fields: [{ path: ["c"], column: "C", as: "text", whenNull: "absent" }],
    },
  });
  return { table, plan: await rows.plan() };
}

const keysOf = (cells: readonly unknown[]): bigint[][] => cells.map((_, id) => [BigInt(id)]);

async function foundCells(plan: ServerPlan, keys: readonly bigint[][]): Promise<unknown[]> {
  const rows = await server.find(plan, ["C"], keys);
  return rows.map((row) => row?.cells[0]);
}

async function scannedCells(plan: ServerPlan): Promise<Map<unknown, unknown>> {
  const cells = new Map<unknown, unknown>();
  for await (const rows of server.scan(plan, ["ID", "C"], new AbortController().signal)) {
    for (const row of rows) cells.set(row.cells[0], row.cells[1]);
  }
  return cells;
}

describe.each(CASES)("cells of $sql", (type) => {
  const some = fc.array(fc.option(type.cells, { freq: 9 }), { minLength: 10, maxLength: 20 });

  test("what we write the owner reads, with its type; what is changed, too", async () => {
    await fc.assert(
      fc.asyncProperty(some, async (cells) => {
        const { table, plan } = await tableOf(type);
        const keys = keysOf(cells);
        for (const [i, cell] of cells.entries()) {
          if (cell !== null) expect(server.refusalOf(plan, "C", cell)).toBeUndefined();
          const change = {
            kind: "insert",
            key: keys[i] ?? [],
            set: new Map([["C", cell]]),
            from: new Map(),
          } as const;
          expect(await server.change(plan, change)).toEqual({ is: "applied" });
          expect(await server.change(plan, change)).toEqual({ is: "missed" });
        }
        expect(await owned(table)).toEqual(cells);
        expect(await foundCells(plan, keys)).toEqual(cells);
        expect([...(await scannedCells(plan)).entries()].sort(byNumber).map(([, cell]) => cell)).toEqual(
          cells,
        );
        // Each becomes its neighbour, on the condition that it is what was seen.
        const rows = await server.find(plan, ["ID", "C"], keys);
        for (const [i, there] of rows.entries()) {
          const cell = cells[(i + 1) % cells.length] ?? null;
          expect(await server.change(plan, changeOf(keys[i] ?? [], there, cell))).toEqual({ is: "applied" });
        }
        expect(await owned(table)).toEqual([...cells.slice(1), ...cells.slice(0, 1)]);
        expect(await owner.sql(`SELECT DISTINCT other FROM ${table}`)).toEqual([
          [{ is: "java.lang.Integer", text: "7" }],
        ]);
      }),
      { numRuns: 2 },
    );
  });

  test("what the owner writes we read, and what was not seen is not overwritten", async () => {
    await fc.assert(
      fc.asyncProperty(some, async (cells) => {
        const { table, plan } = await tableOf(type);
        const keys = keysOf(cells);
        for (const [id, cell] of cells.entries()) await put(table, id, cell);
        expect(await foundCells(plan, keys)).toEqual(cells);
        const seen = await server.find(plan, ["ID", "C"], keys);
        const different = cells.findIndex(
          (cell) => JSON.stringify(text(cell)) !== JSON.stringify(text(cells[0] ?? null)),
        );
        if (different === -1) return;
        await put(table, 0, cells[different] ?? null);
        expect(await server.change(plan, changeOf([0n], seen[0], null))).toEqual({ is: "missed" });
        expect(await server.change(plan, { ...changeOf([0n], seen[0], null), kind: "delete" })).toEqual({
          is: "missed",
        });
        expect((await owned(table))[0]).toEqual(cells[different]);
      }),
      { numRuns: 2 },
    );
  });

  test("what the column cannot hold is refused", async () => {
    const { plan } = await tableOf(type);
    for (const cell of type.refused) expect(server.refusalOf(plan, "C", cell)).toEqual(expect.any(String));
  });

  async function owned(table: string): Promise<Cell[]> {
    const rows = await owner.sql(`SELECT c FROM ${table} ORDER BY id`);
    return rows.map(([value]) => {
      if (value === null || value === undefined) return null;
      expect(value.is).toBe(type.is);
      return type.fromJava(value.text);
    });
  }

  async function put(table: string, id: number, cell: Cell): Promise<void> {
    const value: JavaValue = cell === null ? null : { is: type.is, text: type.toJava(cell) };
    const key = { is: "java.lang.Integer", text: String(id) };
    await owner.sql(`MERGE INTO ${table} (id, c) VALUES (?, ?)`, [key, value]);
  }
});

function changeOf(key: readonly bigint[], there: FoundRow<RowTexts> | undefined, cell: Cell) {
  if (there === undefined) throw new Error("the row is not there");
  const from = new Map([["C", there.cells[1] as Cell]]);
  return { kind: "update", key, set: new Map([["C", cell]]), from, there } as const;
}

const byNumber = ([a]: readonly unknown[], [b]: readonly unknown[]): number => Number(a) - Number(b);
const text = (cell: Cell): unknown => (cell instanceof Uint8Array ? toHex(cell) : String(cell));
