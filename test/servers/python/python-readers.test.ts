import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { topicName } from "../../../bridge/backends/kafka/topic-names.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import {
  create,
  freshStore,
  hexKey,
  initOf,
  remove,
  replace,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { field, opened, write } from "../../conformance/suite/existing-tables.ts";
import { KILLRVIDEO, USER, VIDEO, video, videos } from "../cassandra/tables/killrvideo.ts";
import { TableBed } from "../cassandra/tables/table-bed.ts";
import { SomebodysTable } from "../hbase/somebodys-table.ts";
import { cellField, mappingOf, TablesBed } from "../hbase/tables-bed.ts";
import { freshBackend, freshFolder } from "../hdfs/fresh-folder.ts";
import { freshPrefix } from "../ignite/fresh-tables.ts";
import { runSql, someCache } from "../ignite/run-sql.ts";
import { IgniteTablesBed } from "../ignite/tables-bed.ts";
import { freshPrefix as freshTopics, kafkaBed } from "../kafka/fresh-topics.ts";
import { preparePython, readByPython } from "./python.ts";

beforeAll(preparePython, 300_000);

const disposed: { dispose(): Promise<void> }[] = [];
const used = <Bed extends { dispose(): Promise<void> }>(bed: Bed): Bed => {
  disposed.push(bed);
  return bed;
};
afterAll(() => Promise.all(disposed.map((bed) => bed.dispose())));

test("a video that was pushed to Cassandra has the types of its columns", async () => {
  const bed = used(await TableBed.make());
  for (const statement of KILLRVIDEO) await bed.owner.run(statement);
  tokenOf(await write(await opened(bed, videos), VIDEO, null, video));
  const [host = "", port = ""] = inject("cassandra").split(":");
  expect(await readByPython("cassandra", host, port, `SELECT * FROM "${bed.keyspace}".videos`)).toEqual([
    {
      videoid: ["UUID", VIDEO],
      added_date: ["datetime", "2024-05-06T07:08:09.010000"],
      content_features: ["list", video.content_features],
      encoding: ["video_encoding", video.encoding],
      location_type: ["int", 0],
      name: ["str", video.name],
      tags: ["SortedSet", video.tags],
      userid: ["UUID", USER],
    },
  ]);
});

test("a city that was pushed to Ignite has the types of its columns", async () => {
  const table = `CITY_${freshPrefix()}`.toUpperCase();
  const columns =
    "ID INT PRIMARY KEY, NAME VARCHAR, PEOPLE BIGINT, AREA DECIMAL(10,2), MAYOR BOOLEAN, HEIGHT DOUBLE";
  await runSql(await someCache(), `CREATE TABLE ${table} (${columns})`);
  const bed = used(new IgniteTablesBed());
  const mapping: TableMapping = {
    columns: {
      table,
      key: [{ column: "ID", as: "integer" }],
      fields: [
        field("NAME", "text"),
        field("PEOPLE", "bigint"),
        field("AREA", "text"),
        field("MAYOR", "boolean"),
        field("HEIGHT", "real"),
      ],
    },
  };
  const store = await bed.store(mapping);
  await store.init(initOf(table, projectionIdOf({ columns: mapping.columns })));
  const city = { NAME: "Curaçao", PEOPLE: 9007199254740993n, AREA: "275.25", MAYOR: true, HEIGHT: 0.1 };
  tokenOf(await write(store, 7, null, city));
  const [host = "", port = ""] = inject("igniteThin").split(":");
  expect(await readByPython("ignite", host, port, `SELECT * FROM ${table}`)).toEqual([
    {
      ID: ["int", 7],
      NAME: ["str", "Curaçao"],
      PEOPLE: ["int", "9007199254740993"],
      AREA: ["Decimal", "275.25"],
      MAYOR: ["bool", true],
      HEIGHT: ["float", 0.1],
    },
  ]);
});

test("a row that was pushed to HBase has the bytes that its owner declared", async () => {
  const bed = used(new TablesBed());
  const table = await SomebodysTable.make({ f: 1 });
  const fields = [
    cellField("f:name", "textBytes"),
    cellField("f:price", "doubleBytes"),
    cellField("f:stock", "int64Bytes"),
  ];
  const store = await bed.opened(
    mappingOf(table.name, fields, { version: { column: "f:version", moves: "increment" } }),
  );
  tokenOf(await write(store, "tea", null, { name: "té ☕", price: 2.5, stock: -3 }));
  const [row] = await readByPython("hbase", inject("hbase"), table.name);
  expect(row).toMatchObject({
    "(row key)": { text: "tea" },
    "f:name": { text: "té ☕" },
    "f:price": { double: "2.5" },
    "f:stock": { long: "-3" },
  });
});

test("a record that was pushed to Kafka is read as it is, and so is its deletion", async () => {
  const prefix = freshTopics();
  const bed = used(kafkaBed({ prefix }));
  const store = await bed.store("todos");
  await store.init(initOf("todos"));
  const made = tokenOf(await writeOne(store, create("tea", { title: "té ☕", n: 2.5 })));
  const gone = tokenOf(await writeOne(store, remove("tea", made)));
  const records = await readByPython("kafka", inject("kafka"), topicName(prefix, "todos"));
  const key = ["bytes", `0x${hexKey("tea")}`];
  expect(records.filter((record) => record["(key)"]?.toString() === key.toString())).toMatchObject([
    {
      state: ["str", "present"],
      version: ["str", made],
      body: [
        "dict",
        [
          ["title", "té ☕"],
          ["n", 2.5],
        ],
      ],
    },
    { state: ["str", "deleted"], version: ["str", gone], "driftscope-base": ["str", made] },
  ]);
});

test("records that were pushed to HDFS as Parquet are rows with the columns that are documented", async () => {
  const folder = freshFolder();
  const bed = used(directBed(freshBackend({ folder, format: "parquet" })));
  const { store, collection } = await freshStore(bed);
  const first = tokenOf(await writeOne(store, create("tea", 1)));
  const tea = tokenOf(await writeOne(store, replace("tea", first, { title: "té ☕", n: 2.5 })));
  const gone = tokenOf(await writeOne(store, create(["eu", 7], 1)));
  const removed = tokenOf(await writeOne(store, remove(["eu", 7], gone)));
  const dated = tokenOf(await writeOne(store, create(new Date(5), new Date(0))));
  const text = (value: unknown): [string, unknown] => ["str", value];
  const rows = await readByPython("parquet", inject("hdfs"), folderOf(folder, collection));
  expect(rows).toMatchObject([
    {
      id: text('"~d5"'),
      deleted: ["bool", false],
      version: text(dated),
      encoded: text(expect.stringMatching(/^#1/)),
    },
    {
      key: text(hexKey("tea")),
      id: text('"tea"'),
      deleted: ["bool", false],
      state: text("present"),
      version: text(tea),
      value: text('{"title":"té ☕","n":2.5}'),
    },
    {
      id: text('["eu",7]'),
      deleted: ["bool", true],
      state: text("deleted"),
      version: text(removed),
    },
  ]);
  expect(rows.map((row) => Object.keys(row).includes("value"))).toEqual([false, true, false]);
});
