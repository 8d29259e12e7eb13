import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CassandraCluster } from "../../../../bridge/backends/cassandra/cluster.ts";
import { CassandraTables } from "../../../../bridge/backends/cassandra/tables/cassandra-tables.ts";
import { parseType } from "../../../../bridge/backends/cassandra/tables/cql-type.ts";
import { ServerPlan } from "../../../../bridge/backends/shared/tables/server-plan.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import { freshKeyspace } from "../fresh-keyspace.ts";
import { arbitraryCell } from "./arbitrary-cells.ts";
import { Owner } from "./owner.ts";

const UDT = [
  { name: "street", type: "text" },
  { name: "Zip", type: "int" },
  { name: "tags", type: "frozen<set<text>>" },
];

const TYPES = [
  "ascii",
  "bigint",
  "blob",
  "boolean",
  "date",
  "decimal",
  "double",
  "duration",
  "float",
  "inet",
  "int",
  "smallint",
  "text",
  "time",
  "timestamp",
  "timeuuid",
  "tinyint",
  "uuid",
  "varint",
  "list<bigint>",
  "frozen<list<int>>",
  "set<text>",
  "frozen<set<decimal>>",
  "map<text, float>",
  "frozen<map<text, double>>",
  "map<blob, timestamp>",
  "map<bigint, frozen<list<text>>>",
  "map<inet, frozen<map<varint, boolean>>>",
  "tuple<int, text, uuid>",
  "list<frozen<tuple<duration, time>>>",
  "frozen<address>",
  "address",
  "map<text, frozen<address>>",
  "vector<float, 3>",
  "vector<text, 2>",
  "vector<frozen<list<smallint>>, 2>",
];

const ROWS = 25;
const RUNS = 3;

let owner: Owner;
let cluster: CassandraCluster;
let tables: CassandraTables;
let plan: ServerPlan;
let ids = 0n;

beforeAll(async () => {
  const keyspace = await freshKeyspace();
  owner = new Owner(keyspace);
  await owner.run(`CREATE TYPE address (${UDT.map(({ name, type }) => `"${name}" ${type}`).join(", ")})`);
  const columns = TYPES.map((type, i) => `c${i} ${type}`);
  await owner.run(`CREATE TABLE types (id int PRIMARY KEY, ${columns.join(", ")})`);
  cluster = new CassandraCluster({
    contactPoints: [inject("cassandra")],
    keyspace,
    serialConsistency: "SERIAL",
    requestTimeoutMs: 12_000,
  });
  tables = new CassandraTables(cluster);
  const fields = TYPES.map(
    (_, i) => ({ path: [`c${i}`], column: `c${i}`, as: "text", whenNull: "absent" }) as const,
  );
  const mapping = { columns: { table: "types", key: [{ column: "id", as: "integer" }], fields } } as const;
  plan = new ServerPlan(mapping, await tables.describe("types"));
});
afterAll(() => Promise.all([owner.close(), cluster.close()]));

const insert = (id: bigint, column: string, cell: Cell) =>
  tables.change(plan, { kind: "insert", key: [id], set: new Map([[column, cell]]), from: new Map() });

async function cells(from: readonly bigint[], column: string): Promise<unknown[]> {
  const found = await tables.find(
    plan,
    ["id", column],
    from.map((id) => [id]),
  );
  return found.map((row) => row?.cells[1]);
}

describe.each(TYPES.map((type, i) => ({ type, column: `c${i}` })))("$type", ({ type, column }) => {
  const parsed = parseType(type, (name) => (name === "address" ? UDT : undefined));

  test("what we write is what its owner writes, and what its owner writes is what we read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryCell(parsed), { minLength: ROWS, maxLength: ROWS }),
        async (samples) => {
          const rows = samples.map((sample) => ({ ...sample, ours: ids++, theirs: ids++ }));
          for (const { cell } of rows) expect(tables.refusalOf(plan, column, cell)).toBeUndefined();
          await Promise.all(
            rows.flatMap(({ cell, literal, ours, theirs }) => [
              insert(ours, column, cell),
              owner.run(`INSERT INTO types (id, ${column}) VALUES (${theirs}, ${literal})`),
            ]),
          );
          expect(
            await cells(
              rows.map(({ ours }) => ours),
              column,
            ),
          ).toEqual(samples.map(({ cell }) => cell));
          expect(
            await cells(
              rows.map(({ theirs }) => theirs),
              column,
            ),
          ).toEqual(samples.map(({ cell }) => cell));
          // The server's own words for both.
          const said = await owner.run(
            `SELECT id, toJson(${column}) FROM types WHERE id IN (${rows.flatMap(({ ours, theirs }) => [ours, theirs]).join(", ")})`,
          );
          const json = new Map(said.map(([id, text]) => [String(id), text]));
          for (const { ours, theirs } of rows)
            expect(json.get(String(ours))).toEqual(json.get(String(theirs)));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** A condition takes decimals of one value for one. */
const withoutScales = (literal: string): string =>
  literal.replaceAll(/\d[\d.]*(?:E[+-]?\d+)?/g, (number) => String(Number(number)));

describe.each(TYPES.map((type, i) => ({ type, column: `c${i}` })))("$type, compared", ({ type, column }) => {
  test("a change depends on what was there when we looked", async () => {
    const arbitrary = arbitraryCell(parseType(type, (name) => (name === "address" ? UDT : undefined)));
    const pairs = fc
      .tuple(arbitrary, arbitrary)
      .filter(([a, b]) => withoutScales(a.literal) !== withoutScales(b.literal));
    const [[first, second] = []] = fc.sample(pairs, 1);
    if (first === undefined || second === undefined) throw new TypeError("no cells");
    const id = ids++;
    const theirs = (literal: string) => owner.run(`UPDATE types SET ${column} = ${literal} WHERE id = ${id}`);
    const look = async () => {
      const [there] = await tables.find(plan, plan.read, [[id]]);
      if (there === undefined) throw new TypeError("the row is gone");
      const cells = plan.read.map((name, i): [string, Cell] => [name, there.cells[i] as Cell]);
      const from = new Map(cells.filter(([name]) => name !== "id"));
      return (cell: Cell) =>
        tables.change(plan, { kind: "update", key: [id], set: new Map([[column, cell]]), from, there });
    };
    await owner.run(`INSERT INTO types (id) VALUES (${id})`);
    const whenEmpty = await look();
    await theirs(first.literal);
    expect(await whenEmpty(second.cell)).toEqual({ is: "missed" });
    const whenFirst = await look();
    expect(await whenFirst(second.cell)).toEqual({ is: "applied" });
    expect(await cells([id], column)).toEqual([second.cell]);
    expect(await whenFirst(null)).toEqual({ is: "missed" });
    const whenSecond = await look();
    await theirs("null");
    expect(await whenSecond(first.cell)).toEqual({ is: "missed" });
    const whenGone = await look();
    expect(await whenGone(first.cell)).toEqual({ is: "applied" });
    expect(await cells([id], column)).toEqual([first.cell]);
  });
});

const columnOf = (type: string): string => `c${TYPES.indexOf(type)}`;

test.each<[type: string, cell: Cell, reason: RegExp]>([
  ["tinyint", 128n, /does not fit in 8 bits/],
  ["smallint", -32769n, /16 bits/],
  ["int", 2n ** 31n, /32 bits/],
  ["bigint", 2n ** 63n, /64 bits/],
  ["int", 1, /takes an integer, not a real number/],
  ["float", 0.1, /no 32-bit float, the nearest is 0.10000000149011612/],
  ["float", 1e300, /no 32-bit float/],
  ["double", 1n, /takes a real number/],
  ["boolean", 2n, /true and false/],
  ["ascii", "ä", /not ASCII/],
  ["text", "\ud800", /surrogate/],
  ["blob", "0x00", /takes bytes/],
  ["varint", "007", /not spelled like/],
  ["varint", "-0", /not spelled like/],
  ["decimal", "1e3", /not spelled like/],
  ["decimal", "01.5", /not spelled like/],
  ["decimal", "0.0000001", /not spelled like/],
  ["uuid", "123E4567-E89B-42D3-A456-426614174000", /lower case/],
  ["timeuuid", "123e4567-e89b-42d3-a456-426614174000", /version 1/],
  ["inet", "2001:DB8::1", /not spelled like/],
  ["inet", "192.0.2.01", /not spelled like/],
  ["inet", "::ffff:192.0.2.1", /not spelled like/],
  ["inet", "fe80::1%eth0", /not spelled like/],
  ["date", "2024-02-30", /not spelled like/],
  ["date", "24-02-03", /not spelled like/],
  ["time", "08:12:54", /not spelled like/],
  ["time", "24:00:00.000000000", /not spelled like/],
  ["duration", "90m", /not spelled like/],
  ["duration", "P1D", /not spelled like/],
  ["duration", "13mo", /not spelled like/],
  ["timestamp", 1.5, /takes an integer/],
  ["set<text>", '["b","a"]', /sorted, as it is read: \["a","b"\]/],
  ["set<text>", '["a","a"]', /nor anything twice/],
  ["set<text>", "[]", /leave it out/],
  ["frozen<set<decimal>>", '["1.5","1.50"]', /nor anything twice/],
  ["frozen<set<decimal>>", '["0.00","0E-10"]', /nor anything twice/],
  ["list<bigint>", "[]", /leave it out/],
  ["list<bigint>", "[1.5]", /takes a whole number/],
  ["list<bigint>", "[9007199254740993]", /takes a whole number/],
  ["list<bigint>", "[null]", /null is no element/],
  ["list<bigint>", "[ 1 ]", /spelled otherwise/],
  ["list<bigint>", "{", /not JSON/],
  ["list<bigint>", 5n, /takes JSON text, not an integer/],
  ["map<text, float>", '{"a":0.1}', /32-bit float/],
  ["map<text, float>", '[["a",1]]', /takes an object/],
  ["map<blob, timestamp>", '{"0x":"1970-01-01T00:00:00.000Z"}', /pairs/],
  ["map<blob, timestamp>", '[["0x00","1970-01-01"]]', /text like 2024/],
  ["map<blob, timestamp>", '[["0x0",null]]', /text like 0x00ff/],
  ["tuple<int, text, uuid>", "[1,null]", /3 elements/],
  ["address", '{"street":null,"Zip":null,"tags":null}', /leave it out/],
  ["address", '{"street":"a"}', /"Zip" is missing/],
  ["frozen<address>", '{"street":"a","Zip":1,"tags":null,"more":1}', /no field "more"/],
  ["vector<float, 3>", "[1,2]", /3 elements/],
  ["vector<float, 3>", "[1,2,null]", /null is no element/],
])("%s refuses %s", async (type, cell, reason) => {
  const column = columnOf(type);
  expect(tables.refusalOf(plan, column, cell)).toMatch(reason);
  const id = ids++;
  if (!reason.source.includes("otherwise")) {
    expect(await insert(id, column, cell)).toMatchObject({
      is: "rejected",
      reason: expect.stringMatching(reason),
    });
    expect(await owner.run(`SELECT id FROM types WHERE id = ${id}`)).toEqual([]);
  }
});

test.each<[type: string, literal: string, reason: RegExp]>([
  ["list<bigint>", "[9007199254740993]", /beyond what a number holds exactly/],
  ["map<text, float>", "{'a': NaN}", /JSON has no NaN/],
  ["frozen<map<text, double>>", "{'a': -Infinity}", /JSON has no -Infinity/],
  ["frozen<map<text, double>>", "{'a': -0.0}", /JSON has no -0/],
  ["map<blob, timestamp>", "{0x00: 9223372036854775807}", /out of the range of Dates/],
  ["text", "blobAsText(0xeda080)", /not UTF-8/],
  ["date", "blobAsDate(0xffffffff)", /out of the range/],
])("of %s, %s is told and no record", async (type, literal, reason) => {
  const id = ids++;
  await owner.run(`INSERT INTO types (id, ${columnOf(type)}) VALUES (${id}, ${literal})`);
  const [cell] = await cells([id], columnOf(type));
  expect(cell).toBeInstanceOf(NotRepresentable);
  expect(cell).toMatchObject({ reason: expect.stringMatching(reason) });
});

test("an empty collection is none where it is not frozen, and itself where it is", async () => {
  const id = ids++;
  const literals = {
    "list<bigint>": "[]",
    "set<text>": "{}",
    "map<text, float>": "{}",
    "frozen<list<int>>": "[]",
  };
  const assigned = Object.entries(literals).map(([type, literal]) => `${columnOf(type)} = ${literal}`);
  await owner.run(`INSERT INTO types (id) VALUES (${id})`);
  await owner.run(`UPDATE types SET ${assigned.join(", ")} WHERE id = ${id}`);
  for (const type of ["list<bigint>", "set<text>", "map<text, float>"]) {
    expect(await cells([id], columnOf(type))).toEqual([null]);
  }
  expect(await cells([id], columnOf("frozen<list<int>>"))).toEqual(["[]"]);
  const ours = ids++;
  await insert(ours, columnOf("frozen<list<int>>"), "[]");
  expect(await owner.run(`SELECT ${columnOf("frozen<list<int>>")} FROM types WHERE id = ${ours}`)).toEqual([
    [[]],
  ]);
});
