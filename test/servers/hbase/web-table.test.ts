/**
 * The web table of the Bigtable paper: a row a page under its reversed address, its text in `contents:`, who links to it in
 * `anchor:<site>`, several versions of each. And what tutorials make: a JSON document in one cell, and counters.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { ColumnsMapping } from "../../../core/mapping/columns-mapping.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import { scanAll, tokenOf } from "../../conformance/suite/bed.ts";
import { read, undoDeletion, write } from "../../conformance/suite/existing-tables.ts";
import { asBase64, asOwner } from "./hbase-owner.ts";
import { SomebodysTable } from "./somebodys-table.ts";
import { cellField, mappingOf, TablesBed } from "./tables-bed.ts";

const CRAWLED = 1_700_000_000_000;
const VERSION: ColumnsMapping["version"] = { column: "meta:version", moves: "increment" };

let bed: TablesBed;
beforeAll(() => {
  bed = new TablesBed();
});
afterAll(() => bed.dispose());

describe("the web table", () => {
  let table: SomebodysTable;
  let mapping: TableMapping;
  beforeEach(async () => {
    table = await SomebodysTable.make({ contents: 3, anchor: 1, language: 1, meta: 1 });
    for (const [at, text] of ["<html>1", "<html>2", "<html>CNN"].entries()) {
      await table.put("com.cnn.www", { "contents:": text }, CRAWLED + at);
    }
    await table.put("com.cnn.www", {
      "anchor:cnnsi.com": "CNN",
      "anchor:my.look.ca": "CNN.com",
      "language:": "EN",
      "meta:version": "007",
    });
    await table.put("com.cnn.www/TECH", { "contents:": "<html>tech", "meta:version": "1" });
    await table.put("org.example", { "anchor:só\\": "\u0001", "language:": "PT" });
    mapping = mappingOf(
      table.name,
      [
        { path: ["language"], column: "language:", as: "textBytes", whenNull: "absent" },
        { path: ["anchors", "look"], column: "anchor:my.look.ca", as: "textBytes", whenNull: "absent" },
      ],
      { version: VERSION },
    );
  });

  test("is listed and described by what its first rows have, with what their bytes probably are", async () => {
    const { tables } = bed.backend;
    expect(await tables.list()).toContainEqual({ name: table.name, isView: false });
    const { columns, primaryKey, columnsOf } = await tables.describe(table.name);
    expect(primaryKey).toEqual(["(row key)"]);
    expect(columnsOf).toBe("the first 3 rows; families: anchor, contents, language, meta");
    expect(columns.map(({ name, suggested }) => [name, suggested])).toEqual([
      ["(row key)", "textBytes"],
      ["anchor:cnnsi.com", "textBytes"],
      ["anchor:my.look.ca", "textBytes"],
      ["anchor:só\\x5C", "bytes"],
      ["contents:", "textBytes"],
      ["language:", "textBytes"],
      ["meta:version", "textBytes"],
    ]);
    await expect(tables.describe("never_made")).rejects.toMatchObject({ code: "unknown-table" });
    const strange = mappingOf(table.name, [cellField("nofamily:x", "textBytes")]);
    await expect(bed.opened(strange)).rejects.toMatchObject({
      code: "mapping-mismatch",
      message: expect.stringContaining('no column "nofamily:x"'),
    });
  });

  test("is compared by the newest versions, a row that has none of the columns too", async () => {
    const store = await bed.opened(mapping);
    const keys = ["com.cnn.www", "com.cnn.www/TECH", "org.example"].map((key) => toHex(encodeKey(key)));
    expect((await scanAll(store)).map(({ key, state }) => [key, state])).toEqual(
      keys.map((key) => [key, EntryState.present]),
    );
    expect((await read(store, "com.cnn.www")).value).toEqual({
      language: "EN",
      anchors: { look: "CNN.com" },
    });
    expect((await read(store, "com.cnn.www/TECH")).value).toEqual({});
  });

  test("edited here, HBase's own client reads it; the rest and older versions stay as they were", async () => {
    const store = await bed.opened(mapping);
    const { token = "" } = await read(store, "com.cnn.www");
    const written = { language: "FR", anchors: { look: "CNN en français" } };
    tokenOf(await write(store, "com.cnn.www", token, written));
    const cells = (await asOwner(table.name)).filter(({ row }) => row === "com.cnn.www");
    expect(Object.fromEntries(cells.map(({ column, text }) => [column, text]))).toEqual({
      "contents:": "<html>CNN",
      "anchor:cnnsi.com": "CNN",
      "anchor:my.look.ca": "CNN en français",
      "language:": "FR",
      "meta:version": "008",
    });
    // Deleted, the newest text would bring the one before back: all three are still there.
    await table.deleteCell("com.cnn.www", "contents:", CRAWLED + 2);
    expect((await table.row("com.cnn.www"))?.["contents:"]).toBeUndefined();
  });

  test("what the owner changes is a conflict, whatever moved", async () => {
    const store = await bed.opened(mapping);
    const { token = "" } = await read(store, "com.cnn.www");
    await asOwner(table.name, [`put ${asBase64("com.cnn.www")} meta:version text ${asBase64("9")}`]);
    const value = { language: "DE", anchors: { look: "x" } };
    expect(await write(store, "com.cnn.www", token, value)).toMatchObject({ status: "conflict" });
    expect(await write(store, "com.cnn.www", token, undefined)).toMatchObject({ status: "conflict" });
    expect((await table.row("com.cnn.www"))?.["language:"]).toBe("EN");
  });

  test("a cell cannot be removed while another is compared: refused by a dry run already", async () => {
    const store = await bed.opened(mapping);
    const { token = "" } = await read(store, "com.cnn.www");
    for (const dryRun of [true, false]) {
      expect(await write(store, "com.cnn.www", token, { language: "EN" }, { dryRun })).toMatchObject({
        status: "rejected",
        code: "not-representable",
        reason: expect.stringMatching(/^Anchor:my.look.ca would have to become NULL/),
      });
    }
  });

  test("a row that nobody gave a version gets its first, if still none is there", async () => {
    const store = await bed.opened(mapping);
    const { token = "" } = await read(store, "org.example");
    const next = tokenOf(await write(store, "org.example", token, { language: "ES" }));
    expect((await table.bytes("org.example"))?.["meta:version"]).toEqual(
      Buffer.from("0000000000000001", "hex"),
    );
    await table.put("org.example", { "meta:version": "" });
    expect((await read(store, "org.example")).token).not.toBe(next);
    const seen = await read(store, "org.example");
    expect(await write(store, "org.example", seen.token ?? "", { language: "IT" })).toMatchObject({
      status: "rejected",
      reason: expect.stringContaining("neither digits nor"),
    });
  });

  test("a deleted row is gone with all its versions, and whole again when that is undone", async () => {
    const store = await bed.opened(mapping);
    const before = await table.row("com.cnn.www");
    const { token = "" } = await read(store, "com.cnn.www");
    const applyId = randomUUID();
    expect((await write(store, "com.cnn.www", token, undefined, { applyId })).status).toBe("applied");
    expect(await table.row("com.cnn.www")).toBeUndefined();
    expect(await undoDeletion(store, "com.cnn.www", applyId)).toBe(1);
    expect(await table.row("com.cnn.www")).toEqual(before);
  });

  test("an insert that a later deletion hides is not called applied", async () => {
    const store = await bed.opened(mapping);
    await table.put("net.hidden", { "language:": "EN" });
    const future = Date.now() + 3_600_000;
    for (const column of ["language:", "meta:version"]) {
      await table.deleteCell("net.hidden", column, future);
    }
    expect((await read(store, "net.hidden")).state).toBe("absent");
    expect(await write(store, "net.hidden", null, { language: "EN" })).toMatchObject({
      status: "rejected",
      code: "changed-by-database",
      reason: expect.stringContaining("the row is not there"),
    });
  });

  test("a scope of row keys reads those rows alone, and says so", async () => {
    const scope: TableMapping["scope"] = {
      and: [
        { column: "(row key)", is: ">=", value: "com.cnn.www" },
        { column: "(row key)", is: "<", value: "com.cnn.www0" },
      ],
    };
    const store = await bed.opened({ ...mapping, scope });
    expect((await scanAll(store)).map(({ key }) => key)).toEqual(
      ["com.cnn.www", "com.cnn.www/TECH"].map((key) => toHex(encodeKey(key))),
    );
    expect(await bed.backend.tables.examine?.({ ...mapping, scope })).toEqual({
      reads: expect.stringMatching(/^the rows of \S+ that the scope's keys name, in one region of \d+ MB$/),
    });
    const last: TableMapping["scope"] = { column: "(row key)", is: ">=", value: "org" };
    const atTheEnd = await bed.opened({ ...mapping, scope: last });
    expect(await scanAll(atTheEnd)).toHaveLength(1);
  });

  test("of a large table a mapping without such a scope is refused, and one with it is not", async () => {
    const small = new TablesBed({ largeBytes: 1024 * 1024 });
    try {
      const rows = Array.from(
        { length: 40 },
        (_, i) => [`org.large/${i}`, { "contents:": Buffer.alloc(100_000, i) }] as const,
      );
      await table.putRows(rows);
      const look = (): Promise<unknown> => Promise.resolve(small.backend.tables.examine?.(mapping));
      await expect
        .poll(() => look().then(String, (error) => error.message), { timeout: 60_000 })
        .toMatch(/is large \(one region of \d+ MB\).*scope of the column "\(row key\)"/);
      const scope: TableMapping["scope"] = { column: "(row key)", is: "<", value: "org" };
      expect(await scanAll(await small.opened({ ...mapping, scope }))).toHaveLength(2);
    } finally {
      await small.dispose();
    }
  });

  test("of several regions every one is read", async () => {
    const rows = Array.from(
      { length: 900 },
      (_, i) => [`page ${String(i).padStart(3, "0")}`, { "language:": "EN" }] as const,
    );
    await table.putRows(rows);
    const before = await bed.backend.tables.identity(table.name);
    await asOwner(table.name, [`split ${asBase64("page 450")}`]);
    const store = await bed.opened(mapping);
    expect(await scanAll(store)).toHaveLength(903);
    expect((await bed.backend.tables.examine?.(mapping))?.reads).toContain("in 2 regions");
    expect(await bed.backend.tables.identity(table.name)).not.toBe(before);
  });

  test("a table that is made anew is another", async () => {
    const before = await bed.backend.tables.identity(table.name);
    expect(await bed.backend.tables.identity(table.name)).toBe(before);
    await table.drop();
    await SomebodysTable.make({ contents: 1 }, { name: table.name });
    expect(await bed.backend.tables.identity(table.name)).not.toBe(before);
  });

  test.each<readonly [what: string, more: Partial<ColumnsMapping>, reason: RegExp]>([
    [
      "several cells without a version",
      {},
      /compares one cell when it writes, and this mapping has 2 columns/,
    ],
    [
      "a version that moves by itself",
      { version: { ...VERSION, moves: "trigger" } },
      /moves no version column by itself/,
    ],
    [
      "a version without a qualifier",
      { version: { ...VERSION, column: "meta:" } },
      /whose qualifier is empty/,
    ],
  ])("%s: read-only, with the reason", async (_, more, reason) => {
    const { version: _version, ...columns } = mapping.columns;
    const store = await bed.opened({ columns: { ...columns, ...more } });
    expect(store.capabilities.writable).toBe(false);
    const { token = "" } = await read(store, "com.cnn.www");
    expect(await write(store, "com.cnn.www", token, { language: "x" })).toMatchObject({
      status: "rejected",
      code: "read-only",
      reason: expect.stringMatching(reason),
    });
    expect(await scanAll(store)).toHaveLength(3);
  });

  test.each<readonly [what: string, changed: Partial<ColumnsMapping>, problem: RegExp]>([
    [
      "another key than the row's",
      { key: [{ column: "language:", as: "textBytes" }] },
      /The key has to be the column "\(row key\)" alone/,
    ],
    [
      "a conversion that makes no bytes",
      { key: [{ column: "(row key)", as: "text" }] },
      /read as "text", and HBase knows bytes alone/,
    ],
  ])("%s is refused by name", async (_, changed, problem) => {
    await expect(bed.opened({ columns: { ...mapping.columns, ...changed } })).rejects.toMatchObject({
      code: "mapping-mismatch",
      message: expect.stringMatching(problem),
    });
  });
});

describe("key-value data", () => {
  test("a JSON document in one cell: its bytes are what a write expects", async () => {
    const table = await SomebodysTable.make({ d: 1, other: 1 });
    await table.put("user:1", { "d:json": '{"name":"Ada","born":1815}', "other:note": "kept" });
    const mapping = mappingOf(table.name, [
      { path: [], column: "d:json", as: "jsonBytes", whenNull: "absent" },
    ]);
    expect((await bed.backend.tables.describe(table.name)).columns[1]).toMatchObject({
      suggested: "jsonBytes",
    });
    const store = await bed.opened(mapping);
    const { value, token = "" } = await read(store, "user:1");
    expect(value).toEqual({ name: "Ada", born: 1815 });
    const next = tokenOf(await write(store, "user:1", token, { name: "Ada", born: 1815, died: 1852 }));
    const [document] = await asOwner(table.name, [
      `put ${asBase64("user:2")} d:json text ${asBase64('{"name":"Grace"}')}`,
    ]);
    expect(JSON.parse(document?.text ?? "")).toEqual({ name: "Ada", born: 1815, died: 1852 });
    expect(await scanAll(store)).toHaveLength(2);
    expect((await write(store, "user:2", null, { name: "ours" })).status).toBe("conflict");
    await table.put("user:1", { "d:json": '{"name":"theirs"}' });
    expect((await write(store, "user:1", next, { name: "ours" })).status).toBe("conflict");
    expect((await table.row("user:1"))?.["other:note"]).toBe("kept");
  });

  test("counters of HBase's increment are int64, and written as such", async () => {
    const table = await SomebodysTable.make({ c: 1 });
    const row = asBase64("hits");
    await asOwner(table.name, [`increment ${row} c:n 41`, `increment ${row} c:n -2`]);
    expect((await bed.backend.tables.describe(table.name)).columns[1]).toMatchObject({
      suggested: "int64Bytes",
    });
    const store = await bed.opened(mappingOf(table.name, [cellField("c:n", "int64Bytes")]));
    const { value, token = "" } = await read(store, "hits");
    expect(value).toEqual({ n: 39 });
    tokenOf(await write(store, "hits", token, { n: -40 }));
    expect(await asOwner(table.name, [`increment ${row} c:n 1`])).toMatchObject([{ long: "-39" }]);
  });

  test("a value that is empty is read, and not written over", async () => {
    const table = await SomebodysTable.make({ d: 1 });
    await table.put("empty", { "d:v": "" });
    const store = await bed.opened(mappingOf(table.name, [cellField("d:v", "textBytes")]));
    const { value, token = "" } = await read(store, "empty");
    expect(value).toEqual({ v: "" });
    for (const written of [{ v: "x" }, undefined]) {
      expect(await write(store, "empty", token, written)).toMatchObject({
        status: "rejected",
        reason: expect.stringContaining("empty cell"),
      });
    }
    expect(await write(store, "new", null, { v: "" })).toMatchObject({ code: "not-representable" });
    expect((await write(store, "new", null, { v: "x" })).status).toBe("applied");
  });
});
