import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import { toHex } from "../../../../core/key/hex.ts";
import type { FieldColumn } from "../../../../core/mapping/columns-mapping.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import type { RemoteWrite } from "../../../../core/session/ports.ts";
import { put, scanAll, tokenOf } from "../../../conformance/suite/bed.ts";
import { field, opened, read, undoDeletion, write } from "../../../conformance/suite/existing-tables.ts";
import { readByJava } from "./java-driver.ts";
import { KILLRVIDEO, USER, VIDEO, video, videos } from "./killrvideo.ts";
import { TableBed } from "./table-bed.ts";

let bed: TableBed;
beforeAll(async () => {
  bed = await TableBed.make();
  for (const statement of KILLRVIDEO) await bed.owner.run(statement);
});
afterAll(() => bed.dispose());

const opens = (mapping: TableMapping) => opened(bed, mapping);

/** Somebody's table with one whole-number key. */
const simple = (
  table: string,
  fields: readonly FieldColumn[],
  more: Partial<TableMapping["columns"]> = {},
): TableMapping => ({
  columns: { table, key: [{ column: "id", as: "integer" }], fields, ...more },
});

describe("KillrVideo's tables", () => {
  test("are listed and described with keys, types and what suits them", async () => {
    const names = ["comments", "user_preferences", "users", "video_ratings", "videos"];
    const { tables } = bed.backend;
    expect((await tables.list()).map(({ name }) => name)).toEqual(names);
    const comments = await tables.describe("comments");
    expect(comments.primaryKey).toEqual(["videoid", "commentid"]);
    const suggested = new Map((await tables.describe("videos")).columns.map((one) => [one.name, one]));
    expect(suggested.get("tags")).toEqual({
      name: "tags",
      type: "set<text>",
      nullable: true,
      suggested: "json",
    });
    expect(suggested.get("encoding")).toMatchObject({ type: "frozen<video_encoding>", suggested: "json" });
    expect(suggested.get("added_date")).toMatchObject({ suggested: "dateMilliseconds" });
    await expect(tables.describe("nowhere")).rejects.toMatchObject({ code: "unknown-table" });
  });

  test("a video is pushed, read by Cassandra's Java driver, edited by both sides, and its deletion undone", async () => {
    const store = await opens(videos);
    const token = tokenOf(await write(store, VIDEO, null, video));
    await bed.owner.run(`UPDATE videos SET description = 'kept', language = 'en' WHERE videoid = ${VIDEO}`);
    expect(await readByJava(`SELECT * FROM "${bed.keyspace}".videos`)).toEqual([
      {
        videoid: ["UUID", VIDEO],
        added_date: ["Instant", String(video.added_date.getTime())],
        content_features: ["CqlVector", video.content_features],
        description: ["String", "kept"],
        encoding: ["UdtValue", video.encoding],
        language: ["String", "en"],
        location_type: ["Integer", 0],
        name: ["String", video.name],
        tags: ["Set", video.tags],
        userid: ["UUID", USER],
      },
    ]);
    expect(await read(store, VIDEO)).toMatchObject({ token, value: video });
    // The owner adds a tag; what we saw before is a conflict, what we see now is ours to change.
    await bed.owner.run(`UPDATE videos SET tags = tags + {'added'} WHERE videoid = ${VIDEO}`);
    const changed = { ...video, tags: ["cassandra"], name: "Cassandra in 11 minutes" };
    expect(await write(store, VIDEO, token, changed)).toMatchObject({ status: "conflict" });
    const { token: seen = "", value } = await read(store, VIDEO);
    expect(value).toMatchObject({ tags: ["added", ...video.tags] });
    const next = tokenOf(await write(store, VIDEO, seen, changed));
    expect(await bed.owner.run("SELECT tags, description FROM videos")).toEqual([[["cassandra"], "kept"]]);
    const applyId = randomUUID();
    expect((await write(store, VIDEO, next, undefined, { applyId })).status).toBe("applied");
    expect(await bed.owner.run("SELECT videoid FROM videos")).toEqual([]);
    expect(await undoDeletion(store, VIDEO, applyId)).toBe(1);
    expect(await bed.owner.run("SELECT name, tags, description, language FROM videos")).toEqual([
      ["Cassandra in 11 minutes", ["cassandra"], "kept", "en"],
    ]);
  });

  test("comments have array keys; a scope on their video reads its partition alone", async () => {
    const mapping: TableMapping = {
      columns: {
        table: "comments",
        key: [
          { column: "commentid", as: "text" },
          { column: "videoid", as: "text" },
        ],
        fields: [field("comment", "text"), field("sentiment_score", "real")],
      },
      scope: { column: "videoid", is: "=", value: VIDEO },
    };
    const [first, second] = [
      "50554d6e-29bb-11e5-b345-feff819cdc9f",
      "60554d6e-29bb-11e5-b345-feff819cdc9f",
    ] as const;
    await bed.owner.run(
      `INSERT INTO comments (videoid, commentid, comment) VALUES (${VIDEO}, ${first}, 'mine')`,
    );
    await bed.owner.run(
      `INSERT INTO comments (videoid, commentid, comment) VALUES (${USER}, ${first}, 'not in it')`,
    );
    await largeByEstimate("comments");
    const store = await opens(mapping);
    tokenOf(await write(store, [second, VIDEO], null, { comment: "more", sentiment_score: 0.5 }));
    expect((await scanAll(store)).map(({ key }) => key)).toEqual(
      [first, second].map((id) => toHex(encodeKey([id, VIDEO]))),
    );
    expect(await write(store, [second, VIDEO], null, { comment: "x", sentiment_score: 0.1 })).toMatchObject({
      status: "conflict",
    });
    expect(await bed.backend.tables.examine?.(mapping)).toEqual({
      reads: `the partition videoid = ${VIDEO}`,
    });
    const one = {
      ...mapping,
      scope: { and: [mapping.scope as never, { column: "commentid", is: "=", value: second }] },
    } as const;
    expect(await bed.backend.tables.examine?.(one)).toEqual({
      reads: `commentid = ${second} in the partition videoid = ${VIDEO}`,
    });
    expect(await scanAll(await bed.store(one))).toHaveLength(1);
    const { scope: _, ...everything } = mapping;
    await expect(bed.store(everything)).rejects.toMatchObject({
      code: "mapping-mismatch",
      message: expect.stringMatching(/about 5,000,000 partitions.*scope that says videoid = …/),
    });
  });

  test("what counts is read and not written, and says why", async () => {
    await bed.owner.run(
      `UPDATE video_ratings SET rating_counter = rating_counter + 2 WHERE videoid = ${VIDEO}`,
    );
    const store = await opens({
      columns: {
        table: "video_ratings",
        key: [{ column: "videoid", as: "text" }],
        fields: [field("rating_counter", "integer"), field("rating_total", "integer")],
      },
    });
    expect((await read(store, VIDEO)).value).toEqual({ rating_counter: 2 });
    expect(await write(store, VIDEO, null, { rating_counter: 1 })).toMatchObject({
      code: "read-only",
      reason: expect.stringContaining("counts"),
    });
  });

  test("maps are objects, whose floats have to be floats", async () => {
    const store = await opens({
      columns: {
        table: "user_preferences",
        key: [{ column: "userid", as: "text" }],
        fields: [field("tag_preferences", "json"), field("last_updated", "dateMilliseconds")],
      },
    });
    const value = { tag_preferences: { "2": 1.5, java: -0.25, __proto__x: 1 }, last_updated: new Date(5) };
    tokenOf(await write(store, USER, null, value));
    expect((await read(store, USER)).value).toEqual(value);
    expect(await write(store, VIDEO, null, { tag_preferences: { java: 0.1 } })).toMatchObject({
      code: "not-representable",
      reason: expect.stringContaining("0.10000000149011612"),
    });
  });
});

/** As if the server had estimated it: it does so for what lies on disk, every five minutes. */
async function largeByEstimate(table: string): Promise<void> {
  await bed.owner.run(
    `INSERT INTO system.size_estimates (keyspace_name, table_name, range_start, range_end, mean_partition_size, partitions_count)
     VALUES ('${bed.keyspace}', '${table}', '-9223372036854775808', '9223372036854775807', 100, 5000000)`,
  );
}

describe("times to live", () => {
  const mapping = (table: string) =>
    simple(table, [field("a", "text"), field("b", "text"), field("tags", "json")]);
  const ttls = async (table: string) =>
    (await bed.owner.run(`SELECT TTL(a), TTL(b) FROM ${table} WHERE id = 1`))[0];

  test("what changes keeps the time that is left of it, what stays is not touched", async () => {
    await bed.owner.run("CREATE TABLE leases (id int PRIMARY KEY, a text, b text, tags set<text>)");
    await bed.owner.run("INSERT INTO leases (id, a) VALUES (1, 'a') USING TTL 5000");
    await bed.owner.run("UPDATE leases USING TTL 9000 SET b = 'b' WHERE id = 1");
    const before = await bed.owner.run("SELECT WRITETIME(b) FROM leases");
    const store = await opens(mapping("leases"));
    const { token = "" } = await read(store, 1);
    const next = tokenOf(await write(store, 1, token, { a: "A", b: "b" }));
    const [a, b] = (await ttls("leases")) as [number, number];
    expect(a).toBeGreaterThan(4000);
    expect(a).toBeLessThanOrEqual(5000);
    expect(b).toBeGreaterThan(8000);
    expect(await bed.owner.run("SELECT WRITETIME(b) FROM leases")).toEqual(before);
    // Both at once, each with its own; and a new cell goes with the last of the others.
    tokenOf(await write(store, 1, next, { a: "AA", b: "BB", tags: ["x"] }));
    const [first, second] = (await ttls("leases")) as [number, number];
    expect(first).toBeLessThanOrEqual(a);
    expect(second).toBeGreaterThan(8000);
    const [[ofTags]] = (await bed.owner.run("SELECT TTL(tags) FROM leases")) as [[number[]]];
    expect(ofTags[0]).toBeGreaterThan(8000);
    const { token: last = "" } = await read(store, 1);
    expect(await write(store, 1, last, { a: "AA", b: "BB", tags: ["y"] })).toMatchObject({
      status: "rejected",
      code: "expiring",
      reason: expect.stringMatching(/^Tags: its elements expire/),
    });
    expect(await write(store, 1, last, {})).toMatchObject({ code: "expiring" });
  });

  test("a table's own time to live is given to new cells, and to none that stays", async () => {
    await bed.owner.run(
      "CREATE TABLE leased (id int PRIMARY KEY, a text, b text, tags set<text>) WITH default_time_to_live = 3000",
    );
    await bed.owner.run("INSERT INTO leased (id, a) VALUES (1, 'a') USING TTL 0");
    const store = await opens(mapping("leased"));
    const { token = "" } = await read(store, 1);
    tokenOf(await write(store, 1, token, { a: "A", b: "b" }));
    const [a, b] = (await ttls("leased")) as [number | null, number];
    expect(a).toBeNull();
    expect(b).toBeGreaterThan(2000);
  });
});

describe("rows as Cassandra has them", () => {
  test("one that UPDATE made is still there when nothing of it is left", async () => {
    await bed.owner.run("CREATE TABLE unmarked (id int PRIMARY KEY, a text, b text)");
    await bed.owner.run("UPDATE unmarked SET a = 'a' WHERE id = 1");
    const store = await opens(simple("unmarked", [field("a", "text"), field("b", "text")]));
    const { token = "" } = await read(store, 1);
    const next = tokenOf(await write(store, 1, token, {}));
    expect(await bed.owner.run("SELECT id, a FROM unmarked")).toEqual([[1, null]]);
    expect(await read(store, 1)).toMatchObject({ token: next, value: {} });
    // Of nothing but its key it can be changed and deleted like every other.
    const last = tokenOf(await write(store, 1, next, { b: "b" }));
    expect((await write(store, 1, next, { b: "c" })).status).toBe("conflict");
    expect((await write(store, 1, last, undefined)).status).toBe("applied");
    expect(await bed.owner.run("SELECT id FROM unmarked")).toEqual([]);
  });

  test("what others put where we saw nothing is not overwritten", async () => {
    await bed.owner.run("CREATE TABLE raced (id int PRIMARY KEY, a text, tags set<text>)");
    await bed.owner.run("INSERT INTO raced (id, a) VALUES (1, 'a')");
    const server = new Map<string, string>([
      ["a = 'theirs'", "a"],
      ["tags = {'theirs'}", "tags"],
    ]);
    for (const [assignment, column] of server) {
      const store = await opens(simple("raced", [field("a", "text"), field("tags", "json")]));
      const { token = "" } = await read(store, 1);
      await bed.owner.run(`UPDATE raced SET ${assignment} WHERE id = 1`);
      expect((await write(store, 1, token, { a: "ours", tags: ["ours"] })).status).toBe("conflict");
      expect(JSON.stringify(await bed.owner.run(`SELECT ${column} FROM raced`))).toContain("theirs");
    }
  });

  test("partitions with static columns alone are no rows; a static column makes the mapping read-only", async () => {
    await bed.owner.run("CREATE TABLE shared (p int, c int, s text static, v text, PRIMARY KEY (p, c))");
    await bed.owner.run("INSERT INTO shared (p, s) VALUES (1, 'alone')");
    await bed.owner.run("INSERT INTO shared (p, c, s, v) VALUES (2, 1, 'both', 'v')");
    const key = [
      { column: "p", as: "integer" },
      { column: "c", as: "integer" },
    ] as const;
    const withStatic = await opens({
      columns: { table: "shared", key, fields: [field("v", "text"), field("s", "text")] },
    });
    expect((await scanAll(withStatic)).map(({ key: bytes }) => bytes)).toEqual([toHex(encodeKey([2, 1]))]);
    expect((await read(withStatic, [2, 1])).value).toEqual({ v: "v", s: "both" });
    expect(await write(withStatic, [2, 2], null, { v: "w" })).toMatchObject({
      code: "read-only",
      reason: expect.stringContaining('"s" is static'),
    });
  });

  test("deleted and put back, a row changes nothing of what it shares with others", async () => {
    await bed.owner.run(
      "CREATE TABLE sharing (p int, c int, s text static, v text, w text, PRIMARY KEY (p, c))",
    );
    await bed.owner.run("INSERT INTO sharing (p, c, s, v, w) VALUES (1, 1, 'before', 'v', 'w')");
    const store = await opens({
      columns: {
        table: "sharing",
        key: [
          { column: "p", as: "integer" },
          { column: "c", as: "integer" },
        ],
        fields: [field("v", "text")],
      },
    });
    const { token = "" } = await read(store, [1, 1]);
    const applyId = randomUUID();
    expect((await write(store, [1, 1], token, undefined, { applyId })).status).toBe("applied");
    await bed.owner.run("UPDATE sharing SET s = 'after' WHERE p = 1");
    expect(await undoDeletion(store, [1, 1], applyId)).toBe(1);
    expect(await bed.owner.run("SELECT c, s, v, w FROM sharing")).toEqual([[1, "after", "v", "w"]]);
  });

  test("many rows of one partition are found, changed and deleted at once", async () => {
    await bed.owner.run(
      "CREATE TABLE crowded (p text, a int, b timestamp, v int, PRIMARY KEY (p, a, b)) WITH CLUSTERING ORDER BY (a DESC, b ASC)",
    );
    const key = [
      { column: "b", as: "dateMilliseconds" },
      { column: "p", as: "text" },
      { column: "a", as: "integer" },
    ] as const;
    const store = await opens({ columns: { table: "crowded", key, fields: [field("v", "integer")] } });
    const keys = Array.from({ length: 130 }, (_, i) => [new Date(i), "one", i % 7]);
    const puts = (tokens: readonly (string | null)[], v: number): RemoteWrite[] =>
      keys.map((at, i) => ({
        opId: randomUUID(),
        key: encodeKey(at),
        expect: tokens[i] ?? null,
        write: put({ v }),
      }));
    const made = await store.write(puts([], 1), { applyId: randomUUID() });
    const changed = await store.write(puts(made.map(tokenOf), 2), { applyId: randomUUID() });
    const tokens = changed.map(tokenOf);
    expect((await scanAll(store)).map(({ token }) => token)).toEqual(tokens);
    expect(await bed.owner.run("SELECT sum(v), count(*) FROM crowded")).toMatchObject([
      [260, expect.anything()],
    ]);
    const gone = keys.map((at, i) => ({
      opId: randomUUID(),
      key: encodeKey(at),
      expect: tokens[i] ?? "",
      write: "delete" as const,
    }));
    expect(new Set((await store.write(gone, { applyId: randomUUID() })).map(({ status }) => status))).toEqual(
      new Set(["applied"]),
    );
    expect(await scanAll(store)).toEqual([]);
  });

  test("a key that is not the whole primary key is refused, and names what is missing", async () => {
    await expect(
      bed.store({
        columns: {
          table: "comments",
          key: [{ column: "videoid", as: "text" }],
          fields: [field("comment", "text")],
        },
      }),
    ).rejects.toMatchObject({ code: "mapping-mismatch", message: expect.stringContaining("add commentid") });
  });

  test("a column of a type that is not known is named, and the row no record", async () => {
    await bed.owner.run(
      "CREATE TABLE odd (id int PRIMARY KEY, a text, x 'DynamicCompositeType(s=>UTF8Type)')",
    );
    await bed.owner.run("INSERT INTO odd (id, a, x) VALUES (1, 'a', 's@b')");
    const store = await opens(simple("odd", [field("a", "text"), field("x", "text")]));
    const [entry] = await scanAll(store);
    expect(entry).toMatchObject({
      state: EntryState.notRepresentable,
      token: expect.stringContaining("x: the type"),
    });
    expect(entry?.token).toContain("DynamicCompositeType");
  });

  test("a version is moved by the server's clock", async () => {
    await bed.owner.run("CREATE TABLE clocked (id int PRIMARY KEY, a text, changed timestamp, n text)");
    const version = { column: "changed", moves: "clock", clock: "dateMilliseconds" } as const;
    const store = await opens(simple("clocked", [field("a", "text")], { version }));
    const first = tokenOf(await write(store, 1, null, { a: "a" }));
    const [[made]] = (await bed.owner.run("SELECT changed FROM clocked")) as [[Date]];
    expect(Math.abs(made.getTime() - Date.now())).toBeLessThan(60_000);
    const second = tokenOf(await write(store, 1, first, { a: "b" }));
    expect(second).not.toBe(first);
    expect((await write(store, 1, first, { a: "c" })).status).toBe("conflict");
    const textual = simple("clocked", [field("a", "text")], { version: { ...version, column: "n" } });
    expect(await bed.backend.tables.examine?.(textual)).toMatchObject({
      readOnly: expect.stringContaining('"n"'),
    });
  });

  test.each([
    ["doc", "json"],
    ["raw", "jsonBytes"],
    ["raw", "valueBytes"],
  ] as const)("a whole record lies in the column %s as %s", async (column, as) => {
    const table = `whole_${as.toLowerCase()}`;
    await bed.owner.run(`CREATE TABLE ${table} (id int PRIMARY KEY, doc text, raw blob)`);
    const store = await opens(simple(table, [{ path: [], column, as, whenNull: "absent" }]));
    const value = { name: "é", list: [1, { deep: null }] };
    const token = tokenOf(await write(store, 1, null, value));
    expect(await read(store, 1)).toMatchObject({ token, value });
    const [[held]] = (await bed.owner.run(`SELECT ${column} FROM ${table}`)) as [[string | Buffer]];
    expect(JSON.parse(String(held))).toEqual(value);
    tokenOf(await write(store, 1, token, { ...value, name: "b" }));
  });
});

describe("writers with a clock of the future", () => {
  const FUTURE = String((BigInt(Date.now()) + 86_400_000n) * 1000n);
  const fields = [field("a", "text"), field("tags", "json")];
  const make = (table: string) =>
    bed.owner.run(`CREATE TABLE ${table} (id int PRIMARY KEY, a text, tags set<text>)`);

  test.each([
    ["a", "a = 'future'"],
    ["tags", "tags = tags + {'future'}"],
  ])(
    "a cell of %s that would hide a change is named, and nothing is said to have applied",
    async (column, assignment) => {
      const table = `future_${column}`;
      await make(table);
      await bed.owner.run(`INSERT INTO ${table} (id, a, tags) VALUES (1, 'a', {'t'})`);
      await bed.owner.run(`UPDATE ${table} USING TIMESTAMP ${FUTURE} SET ${assignment} WHERE id = 1`);
      const store = await opens(simple(table, fields));
      const { token = "" } = await read(store, 1);
      for (const value of [{ a: "ours", tags: ["ours"] }, undefined]) {
        expect(await write(store, 1, token, value)).toMatchObject({
          status: "rejected",
          code: "changed-by-database",
          reason: expect.stringContaining(JSON.stringify(column)),
        });
      }
      expect((await read(store, 1)).token).toBe(token);
    },
  );

  test("a deletion of the future hides a new row, which is not said to be there", async () => {
    await make("future_gone");
    await bed.owner.run(`DELETE FROM future_gone USING TIMESTAMP ${FUTURE} WHERE id = 1`);
    const store = await opens(simple("future_gone", fields));
    expect(await write(store, 1, null, { a: "ours" })).toMatchObject({
      status: "rejected",
      code: "changed-by-database",
    });
    expect((await read(store, 1)).state).toBe("absent");
  });

  test("a deleted cell of the future hides a new one", async () => {
    await make("future_cell");
    await bed.owner.run("INSERT INTO future_cell (id, tags) VALUES (1, {'t'})");
    await bed.owner.run(`DELETE a FROM future_cell USING TIMESTAMP ${FUTURE} WHERE id = 1`);
    const store = await opens(simple("future_cell", fields));
    const { token = "" } = await read(store, 1);
    expect(await write(store, 1, token, { a: "ours", tags: ["t"] })).toMatchObject({
      status: "rejected",
      code: "changed-by-database",
    });
    expect((await read(store, 1)).token).toBe(token);
  });
});
