/** Somebody's own data: tables of the World database's shape, tables of other schemas, caches; their owner writes with Java. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { FieldColumn } from "../../../core/mapping/columns-mapping.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { initOf, scanAll, tokenOf } from "../../conformance/suite/bed.ts";
import { field, read, undoDeletion, write } from "../../conformance/suite/existing-tables.ts";
import { freshPrefix } from "./fresh-tables.ts";
import { IgniteOwner, type JavaValue, string } from "./ignite-owner.ts";
import { ONE_GROUP, runRest, runSql, someCache } from "./run-sql.ts";
import { IgniteTablesBed } from "./tables-bed.ts";

let bed: IgniteTablesBed;
let owner: IgniteOwner;
let cache: string;
beforeAll(async () => {
  bed = new IgniteTablesBed();
  owner = new IgniteOwner(inject("igniteThin"));
  cache = await someCache();
});
afterAll(async () => {
  await owner?.close();
  await bed?.dispose();
});

const exec = (sql: string): Promise<unknown[][]> => runSql(cache, sql);
const freshName = (): string => freshPrefix().toUpperCase();
const java = (is: string, text: string): JavaValue => ({ is: `java.${is}`, text });
const integer = (value: number): JavaValue => java("lang.Integer", String(value));

async function opened(mapping: TableMapping): Promise<RemoteStore> {
  const store = await bed.store(mapping);
  await store.init(initOf(mapping.columns.table, projectionIdOf({ columns: mapping.columns })));
  return store;
}

const mapped = (table: string, fields: readonly FieldColumn[], column = "ID"): TableMapping => ({
  columns: { table, key: [{ column, as: "integer" }], fields },
});

const keysOf = async (store: RemoteStore): Promise<string[]> => (await scanAll(store)).map(({ key }) => key);
const hex = (...keys: unknown[]): string[] => keys.map((key) => toHex(encodeKey(key)));

describe("the cities of the World database, by ID and country", () => {
  const cities = `CITY_${freshName()}`;
  const mapping: TableMapping = {
    columns: {
      table: cities,
      key: [
        { column: "ID", as: "integer" },
        { column: "COUNTRYCODE", as: "text" },
      ],
      fields: [
        { path: ["name"], column: "NAME", as: "text", whenNull: "null" },
        { path: ["people"], column: "POPULATION", as: "integer", whenNull: "absent" },
        { path: ["area"], column: "AREA", as: "text", whenNull: "absent" },
      ],
    },
  };
  let store: RemoteStore;
  beforeAll(async () => {
    await exec(`CREATE TABLE ${cities} (
      ID INT(11), Name CHAR(35), CountryCode CHAR(3), District CHAR(20) DEFAULT 'somewhere', Population INT(11),
      Area DECIMAL(10,2), PRIMARY KEY (ID, CountryCode)
    ) WITH "template=partitioned,backups=1,affinityKey=CountryCode"`);
    await exec(`INSERT INTO ${cities} (ID, Name, CountryCode, District, Population, Area) VALUES
      (1, 'Kabul', 'AFG', 'Kabol', 1780000, 275.00), (5, 'Amsterdam', 'NLD', 'Noord-Holland', 731200, 219.3),
      (33, 'Willemstad', 'ANT', 'Curaçao', 2345, NULL), (61, 'South Hill', 'AIA', '–', NULL, NULL)`);
    store = await opened(mapping);
  });

  test("is told with its key, its types and its sizes", async () => {
    const described = await bed.backend.tables.describe(cities);
    expect(described).toMatchObject({ name: cities, primaryKey: ["ID", "COUNTRYCODE"], rows: 4 });
    expect(described.columns.map(({ name, type }) => [name, type])).toEqual([
      ["COUNTRYCODE", "VARCHAR(3)"],
      ["ID", "INT"],
      ["AREA", "DECIMAL(10, 2)"],
      ["DISTRICT", "VARCHAR(20)"],
      ["NAME", "VARCHAR(35)"],
      ["POPULATION", "INT"],
    ]);
    expect(described.columns[3]).toMatchObject({ default: "somewhere", nullable: true });
    expect((await bed.backend.tables.list()).map(({ name }) => name)).toContain(cities);
    expect(await bed.backend.tables.examine?.(mapping)).toEqual({ reads: "all of the table, about 4 rows" });
  });

  test("is read with array keys, pushed to, and read by Java with its types", async () => {
    expect(await keysOf(store)).toEqual(hex([1, "AFG"], [5, "NLD"], [33, "ANT"], [61, "AIA"]));
    expect((await read(store, [5, "NLD"])).value).toEqual({
      name: "Amsterdam",
      people: 731200,
      area: "219.3",
    });
    const { token = "" } = await read(store, [1, "AFG"]);
    const edited = { name: "Kabul", people: 1780001, area: "275.10" };
    expect((await write(store, [1, "AFG"], token, edited)).status).toBe("applied");
    tokenOf(await write(store, [64, "ARE"], null, { name: "Dubai", people: 669181 }));
    const rows = await owner.sql(
      `SELECT ID, CountryCode, Name, District, Population, Area FROM ${cities} WHERE ID IN (1, 64) ORDER BY ID`,
    );
    expect(rows).toEqual([
      [
        integer(1),
        string("AFG"),
        string("Kabul"),
        string("Kabol"),
        integer(1780001),
        java("math.BigDecimal", "27510e-2"),
      ],
      [integer(64), string("ARE"), string("Dubai"), string("somewhere"), integer(669181), null],
    ]);
    expect((await read(store, [1, "AFG"])).value).toEqual(edited);
  });

  test("what its owner writes meanwhile is a conflict, also where only a decimal's scale moved", async () => {
    const seen = await read(store, [5, "NLD"]);
    const set = (area: string): Promise<JavaValue[][]> =>
      owner.sql(`UPDATE ${cities} SET Area = ? WHERE ID = 5`, [java("math.BigDecimal", area)]);
    await set("219.30");
    const conflict = await write(store, [5, "NLD"], seen.token ?? "", { name: "overwritten" });
    expect(conflict).toMatchObject({ status: "conflict", current: { state: "present" } });
    expect((await read(store, [5, "NLD"])).value).toMatchObject({ area: "219.30" });
    await set("219.3");
    expect((await read(store, [5, "NLD"])).token).toBe(seen.token);
  });

  test("a deletion is undone with what the mapping leaves out", async () => {
    const { token = "" } = await read(store, [33, "ANT"]);
    const applyId = randomUUID();
    expect((await write(store, [33, "ANT"], token, undefined, { applyId })).status).toBe("applied");
    const row = `SELECT Name, District, Population, Area FROM ${cities} WHERE ID = 33`;
    expect(await owner.sql(row)).toEqual([]);
    expect(await undoDeletion(store, [33, "ANT"], applyId)).toBe(1);
    expect(await owner.sql(row)).toEqual([[string("Willemstad"), string("Curaçao"), integer(2345), null]]);
  });

  test("what a column cannot hold is refused before it is sent", async () => {
    for (const [value, reason] of [
      [{ name: "x".repeat(36) }, /NAME: it has 36 characters, the column takes 35/],
      [{ name: "a", area: "1.005" }, /AREA: the column takes 2 digits/],
      [{ name: "a", area: "123456789.12" }, /AREA: it has 11 digits/],
      [{ name: "a", people: 2 ** 31 }, /POPULATION: it does not fit in INT/],
    ] as const) {
      expect(await write(store, [7, "NLD"], null, value)).toMatchObject({
        code: "not-representable",
        reason: expect.stringMatching(reason),
      });
    }
    expect((await read(store, [7, "NLD"])).state).toBe("absent");
  });

  test("a scope on the indexed country is pushed down, and checked again", async () => {
    const scoped = { ...mapping, scope: { column: "COUNTRYCODE", is: "=", value: "NLD" } } as const;
    expect(await bed.backend.tables.examine?.(scoped)).toMatchObject({
      reads: expect.stringMatching(/^by the index of COUNTRYCODE/),
    });
    expect(await keysOf(await bed.store(scoped))).toEqual(hex([5, "NLD"]));
    const negated = {
      ...mapping,
      scope: { not: { column: "POPULATION", is: ">", value: 700_000 } },
    } as const;
    expect(await keysOf(await bed.store(negated))).toEqual(hex([33, "ANT"], [61, "AIA"], [64, "ARE"]));
  });
});

describe("what else there is", () => {
  test("rows in pages, and those with NULL in their key, are all read once", async () => {
    const table = freshName();
    await exec(`CREATE TABLE ${table} (a VARCHAR, b BIGINT, v INT, PRIMARY KEY (a, b)) WITH "${ONE_GROUP}"`);
    const rows = Array.from({ length: 4500 }, (_, i) => `('${"abc"[i % 3]}', ${i}, ${i})`);
    for (let from = 0; from < rows.length; from += 1500) {
      await exec(`INSERT INTO ${table} VALUES ${rows.slice(from, from + 1500).join(", ")}`);
    }
    await exec(`INSERT INTO ${table} (a, v) VALUES ('a', 1)`);
    const store = await opened({
      columns: {
        table,
        key: [
          { column: "B", as: "integer" },
          { column: "A", as: "text" },
        ],
        fields: [field("V", "integer")],
      },
    });
    const entries = await scanAll(store);
    expect(entries).toHaveLength(4501);
    expect(entries.slice(0, -1).map(({ key }) => key)).toEqual(hex(...rows.map((_, i) => [i, "abc"[i % 3]])));
    expect(entries.at(-1)?.state).toBe(EntryState.notRepresentable);
    expect(entries.at(-1)?.token).toMatch(/key column B: it is NULL/);
  }, 600_000);

  test("names that need quotes, and keys that SQL has another order for", async () => {
    const table = `${freshName()}Odd`;
    await exec(`CREATE TABLE "${table}" ("Key" VARCHAR PRIMARY KEY, "v" DOUBLE) WITH "${ONE_GROUP}"`);
    const store = await opened({
      columns: {
        table,
        key: [{ column: "Key", as: "text" }],
        fields: [{ path: ["v"], column: "v", as: "real", whenNull: "null" }],
      },
    });
    tokenOf(await write(store, "\ue000", null, { v: 0.1 }));
    const token = tokenOf(await write(store, "😀", null, { v: 1e300 }));
    expect(await keysOf(store)).toEqual(hex("😀", "\ue000"));
    expect((await write(store, "😀", token, { v: null })).status).toBe("applied");
    expect((await read(store, "\ue000")).value).toEqual({ v: 0.1 });
    expect((await read(store, "😀")).value).toEqual({ v: null });
  });

  test("the cache of a table is not listed as a cache of texts", async () => {
    const schema = freshName();
    await exec(
      `CREATE TABLE ${schema} (id INT PRIMARY KEY, v VARCHAR) WITH "cache_name=${schema},${ONE_GROUP}"`,
    );
    const names = (await bed.backend.tables.list()).map(({ name }) => name);
    expect(names).toContain(schema);
    expect(names).not.toContain(`cache:${schema}`);
  });

  test("decimals as keys are read only: to the cluster 1.0 and 1.00 are one", async () => {
    const table = freshName();
    await exec(`CREATE TABLE ${table} (id DECIMAL PRIMARY KEY, v INT) WITH "${ONE_GROUP}"`);
    await exec(`INSERT INTO ${table} VALUES (1.0, 1)`);
    const store = await opened({
      columns: { table, key: [{ column: "ID", as: "text" }], fields: [field("V", "integer")] },
    });
    expect(await keysOf(store)).toEqual(hex("1.0"));
    expect(await write(store, "1.00", null, { V: 2 })).toMatchObject({ code: "read-only" });
  });

  test("tables of Driftscope are not listed, nor the cache that their SQL goes through", async () => {
    const before = await bed.backend.tables.list();
    await bed.backend.setUp.run();
    expect(await bed.backend.tables.list()).toEqual(before);
  });

  test("a column of a type that cannot be mapped is named; the others can be", async () => {
    const table = freshName();
    await exec(`CREATE TABLE ${table} (id INT PRIMARY KEY, v INT, place GEOMETRY) WITH "${ONE_GROUP}"`);
    const described = await bed.backend.tables.describe(table);
    expect(described.columns.find(({ name }) => name === "PLACE")?.type).toMatch(/^OTHER/);
    const other = mapped(table, [field("V", "integer"), field("PLACE", "text")]);
    await expect(bed.store(other)).rejects.toMatchObject({
      code: "mapping-mismatch",
      message: expect.stringContaining('"PLACE"'),
    });
    const store = await opened(mapped(table, [field("V", "integer")]));
    tokenOf(await write(store, 1, null, { V: 1 }));
  });

  test("constraints reject by name, and neighbours go through", async () => {
    const table = freshName();
    await exec(`CREATE TABLE ${table} (id INT PRIMARY KEY, v INT, w INT NOT NULL) WITH "${ONE_GROUP}"`);
    const store = await opened(mapped(table, [field("V", "integer")]));
    expect(await write(store, 1, null, { V: 1 })).toMatchObject({
      status: "rejected",
      code: "constraint",
      reason: expect.stringContaining("'W'"),
    });
    expect(await keysOf(store)).toEqual([]);
  });

  test("a version that moves by the cluster's clock is put with every write, in UTC", async () => {
    for (const [type, clock] of [
      ["BIGINT", "dateMilliseconds"],
      ["VARCHAR", "dateText"],
      ["TIMESTAMP", "dateText"],
    ] as const) {
      const table = freshName();
      await exec(`CREATE TABLE ${table} (id INT PRIMARY KEY, v INT, moved ${type}) WITH "${ONE_GROUP}"`);
      const { columns } = mapped(table, [field("V", "integer")]);
      const version = { column: "MOVED", moves: "clock", clock } as const;
      const store = await opened({ columns: { ...columns, version } });
      const began = Date.now();
      const token = tokenOf(await write(store, 1, null, { V: 1 }));
      const [[moved]] = (await exec(`SELECT CAST(moved AS VARCHAR) FROM ${table}`)) as [[string]];
      const at = clock === "dateMilliseconds" ? Number(moved) : Date.parse(moved);
      expect(Math.abs(at - began)).toBeLessThan(60_000);
      expect((await read(store, 1)).token).toBe(token);
      expect((await write(store, 1, token, { V: 2 })).status).toBe("applied");
    }
  });

  test("a table that is made anew is another one", async () => {
    const table = freshName();
    const make = (): Promise<unknown> =>
      exec(`CREATE TABLE ${table} (id INT PRIMARY KEY, v INT) WITH "${ONE_GROUP}"`);
    await make();
    const before = await bed.backend.tables.identity(table);
    expect(await bed.backend.tables.identity(table)).toBe(before);
    await exec(`DROP TABLE ${table}`);
    await expect(bed.backend.tables.identity(table)).rejects.toMatchObject({ code: "unknown-table" });
    await make();
    expect(await bed.backend.tables.identity(table)).not.toBe(before);
  });
});

describe("a cache of texts", () => {
  const jsonMapping = (name: string): TableMapping => ({
    columns: {
      table: `cache:${name}`,
      key: [{ column: "key", as: "text" }],
      fields: [{ path: [], column: "value", as: "json", whenNull: "absent" }],
    },
  });

  test("is a table of keys and values: read, changed and deleted by its whole value, shared with Java", async () => {
    const name = freshPrefix();
    await runRest({ cmd: "getorcreate", cacheName: name });
    expect((await bed.backend.tables.list()).map(({ name }) => name)).toContain(`cache:${name}`);
    await owner.put(name, string("a"), string('{"n":1}'));
    const store = await opened(jsonMapping(name));
    expect(await keysOf(store)).toEqual(hex("a"));
    const { token = "", value } = await read(store, "a");
    expect(value).toEqual({ n: 1 });
    const next = tokenOf(await write(store, "a", token, { n: 2, text: "\0 & = % 😀" }));
    expect(await owner.get(name, string("a"))).toEqual(string('{"n":2,"text":"\\u0000 & = % 😀"}'));
    await owner.put(name, string("a"), string('{"n":3}'));
    expect(await write(store, "a", next, { n: 4 })).toMatchObject({ status: "conflict" });
    const { token: now = "" } = await read(store, "a");
    expect((await write(store, "a", now, undefined)).status).toBe("applied");
    expect(await owner.get(name, string("a"))).toBeNull();
  });

  test("what is no text there is told, and not mapped", async () => {
    const name = freshPrefix();
    await runRest({ cmd: "getorcreate", cacheName: name });
    await owner.put(name, string("text"), integer(7));
    await owner.put(name, integer(5), string('"x"'));
    await owner.put(name, java("util.UUID", randomUUID()), string('"x"'));
    const store = await opened(jsonMapping(name));
    const entries = await scanAll(store);
    expect(entries.map(({ state }) => state)).toEqual(Array(3).fill(EntryState.notRepresentable));
    expect(entries.map(({ token }) => token).join()).toMatch(/only looks like a text/);
    expect(await write(store, "text", "r.x", { n: 1 })).toMatchObject({ code: "not-representable" });
    expect(await owner.get(name, string("text"))).toEqual(integer(7));
  });

  test("thousands of entries are all read, and mapped by their keys and values only", async () => {
    const name = freshPrefix();
    await runRest({ cmd: "getorcreate", cacheName: name });
    for (let from = 0; from < 2500; from += 250) {
      const entries = Array.from({ length: 250 }, (_, i) => [
        [`k${i + 1}`, `key ${String(from + i).padStart(5, "0")}`],
        [`v${i + 1}`, "1"],
      ]).flat();
      await runRest({ cmd: "putall", cacheName: name, ...Object.fromEntries(entries) });
    }
    const store = await opened(jsonMapping(name));
    const keys = Array.from({ length: 2500 }, (_, i) => `key ${String(i).padStart(5, "0")}`);
    expect(await keysOf(store)).toEqual(hex(...keys));
    const { columns } = jsonMapping(name);
    const without = { columns: { ...columns, fields: [field("key", "text")] } };
    await expect(bed.store(without)).rejects.toMatchObject({ code: "mapping-mismatch" });
  });
});
