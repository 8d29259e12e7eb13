/** Folders that somebody writes into while they are read, outputs that are committed, and what may be done with either. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FolderTables } from "../../../bridge/backends/hdfs/folders/folder-tables.ts";
import { sealJson } from "../../../bridge/backends/hdfs/sealed-json.ts";
import { ServerPlan } from "../../../bridge/backends/shared/tables/server-plan.ts";
import type { FoundRow } from "../../../bridge/backends/shared/tables/table-server.ts";
import { scanAll } from "../../conformance/suite/bed.ts";
import { read, write } from "../../conformance/suite/existing-tables.ts";
import { FoldersBed, mappingOf } from "./folders-bed.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { overwrite } from "./hdfs-files.ts";

let bed: FoldersBed;
beforeAll(() => {
  bed = new FoldersBed();
});
afterAll(() => bed.dispose());

const line = (id: number, n: string): string => `${JSON.stringify({ id, n })}\n`;

/** Reads the rows of a folder, with something else between its first file and its second. */
async function readingWhile(table: string, meanwhile: () => Promise<void>): Promise<number> {
  const tables = new FolderTables(bed.fs, { tablesFolder: bed.tablesFolder, ownFolder: "/none" });
  const mapping = mappingOf(table, { n: "text" });
  const plan = new ServerPlan(mapping, await tables.describe(table, mapping));
  const scan: AsyncIterable<readonly FoundRow[]> = tables.scan(plan, plan.read, new AbortController().signal);
  let rows = 0;
  for await (const some of scan) {
    if (rows === 0) await meanwhile();
    rows += some.length;
  }
  return rows;
}

describe("a folder that changes while it is read is not taken for one that was read", () => {
  const incomplete = { code: "incomplete" };

  test.each<[string, (table: string) => Promise<void>]>([
    ["another file comes", (table) => bed.put(table, "c.json", line(3, "c"))],
    ["another file comes in a new partition", (table) => bed.put(table, "sub/c.json", line(3, "c"))],
    ["one goes that was not read yet", (table) => bed.fs.remove(bed.pathOf(table, "b.json"))],
    ["one goes that was read", (table) => bed.fs.remove(bed.pathOf(table, "a.json"))],
    [
      "one is replaced by another of the same length",
      (table) => overwrite(bed.fs, bed.pathOf(table, "a.json"), Buffer.from(line(1, "x"))),
    ],
    [
      "one becomes longer",
      (table) => overwrite(bed.fs, bed.pathOf(table, "b.json"), Buffer.from(line(2, "b") + line(4, "d"))),
    ],
    ["a job begins", (table) => bed.fs.makeFolder(bed.pathOf(table, "_temporary"))],
    ["all of it goes", (table) => bed.fs.remove(`${bed.tablesFolder}/${table}`)],
  ])("%s", async (_, change) => {
    const table = await bed.table({ "a.json": line(1, "a"), "b.json": line(2, "b") });
    await expect(readingWhile(table, () => change(table))).rejects.toMatchObject(incomplete);
  });

  test("hidden files may come and go", async () => {
    const table = await bed.table({ "a.json": line(1, "a"), "b.json": line(2, "b") });
    expect(await readingWhile(table, () => bed.put(table, "_SUCCESS", ""))).toBe(2);
  });
});

test("while a job is writing, nothing is read, and it is told what to do", async () => {
  const table = await bed.table({ "a.json": line(1, "a"), "_temporary/0/part-00000": line(2, "b") });
  await expect(bed.tables.describe(table)).rejects.toMatchObject({
    code: "incomplete",
    message: expect.stringMatching(/a job is writing into .*_temporary.*delete it/),
  });
});

test("a lookup sees what was written since the last one", async () => {
  const table = await bed.table({ "a.json": line(1, "a") });
  const store = await bed.store(mappingOf(table, { n: "text" }));
  expect(await read(store, 1)).toMatchObject({ value: { n: "a" } });
  expect(await read(store, 2)).toMatchObject({ state: "absent" });
  await overwrite(bed.fs, bed.pathOf(table, "a.json"), Buffer.from(line(2, "b")));
  expect(await read(store, 1)).toMatchObject({ state: "absent" });
  expect(await read(store, 2)).toMatchObject({ value: { n: "b" } });
});

describe("what our jobs write", () => {
  const content = (ids: readonly number[]): string => ids.map((id) => line(id, `n${id}`)).join("");

  async function commit(table: string, n: number, run: string, parts: readonly string[]): Promise<void> {
    const files = parts.map((text, i) => ({ name: `part-0000${i}`, bytes: Buffer.byteLength(text) }));
    for (const [i, text] of parts.entries()) await bed.put(table, `_runs/${run}/part-0000${i}`, text);
    await bed.put(table, `_commits/${String(n).padStart(12, "0")}.json`, sealJson({ n, run, files }));
  }

  test("is the files of the newest commit, and nothing else of the folder", async () => {
    const table = await bed.table({ "stray.json": line(9, "stray") });
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
    await commit(table, 1, one, [content([1, 2])]);
    await commit(table, 2, two, [content([1]), content([3])]);
    await bed.put(table, `_runs/${three}/part-00000`, content([7]));
    const found = await bed.contents(mappingOf(table, { n: "text" }));
    expect(found).toEqual(
      new Map([
        [1, { n: "n1" }],
        [3, { n: "n3" }],
      ]),
    );
    await bed.put(table, `_runs/${two}/part-00009`, content([8]));
    expect((await bed.contents(mappingOf(table, { n: "text" }))).size).toBe(2);
  });

  test("a commit while it is read changes nothing of what was begun", async () => {
    const table = await bed.table({});
    await commit(table, 1, "one", [content([1]), content([2])]);
    const rows = await readingWhile(table, () => commit(table, 2, "two", [content([3])]));
    expect(rows).toBe(2);
    expect((await bed.contents(mappingOf(table, { n: "text" }))).size).toBe(1);
  });

  test("a file that is shorter than its commit says, or gone, is told; so is a damaged commit", async () => {
    const table = await bed.table({});
    await commit(table, 1, "one", [content([1, 2])]);
    const part = bed.pathOf(table, "_runs/one/part-00000");
    await overwrite(bed.fs, part, Buffer.from(content([1])));
    const mapping = mappingOf(table, { n: "text" });
    const corrupt = (message: RegExp) => ({ code: "corrupt", message: expect.stringMatching(message) });
    await expect(bed.contents(mapping)).rejects.toMatchObject(
      corrupt(/has \d+ bytes, and the job's commit says/),
    );
    await bed.fs.remove(part);
    await expect(bed.contents(mapping)).rejects.toMatchObject(
      corrupt(/is not there, and the job's commit says/),
    );
    const sealed = sealJson({ n: 1, run: "one", files: [] });
    const damaged = Buffer.from(sealed.toString().replace('"one"', '"two"'));
    await overwrite(bed.fs, bed.pathOf(table, "_commits/000000000001.json"), damaged);
    await expect(bed.contents(mapping)).rejects.toMatchObject(corrupt(/no commit of a job's output/));
    const outside = sealJson({ n: 1, run: "..", files: [{ name: "a", bytes: 1 }] });
    await overwrite(bed.fs, bed.pathOf(table, "_commits/000000000001.json"), outside);
    await expect(bed.contents(mapping)).rejects.toMatchObject(corrupt(/no commit of a job's output/));
  });
});

test("folders are read-only, with the reason, whatever is tried", async () => {
  const table = await bed.table({ "a.json": line(1, "a") });
  const store = await bed.store(mappingOf(table, { n: "text" }));
  expect(store.capabilities).toMatchObject({ writable: false, changes: false, tombstones: false });
  const { token = "" } = await read(store, 1);
  for (const outcome of [
    await write(store, 1, token, { n: "b" }),
    await write(store, 2, null, { n: "b" }),
    await write(store, 1, token, undefined),
  ]) {
    expect(outcome).toMatchObject({
      status: "rejected",
      code: "read-only",
      reason: expect.stringContaining("cannot be changed record by record"),
    });
  }
  expect(await scanAll(store)).toHaveLength(1);
});

test("the folder of tables and that of collections are kept apart", async () => {
  const nested = new FoldersBed({ folder: `${bed.tablesFolder}/own`, tablesFolder: bed.tablesFolder });
  await expect(nested.tables.list()).rejects.toMatchObject({ code: "bad-name" });
  await nested.dispose();
});

test("the doctor says whether the folder of tables is there and apart", async () => {
  const folder = freshFolder();
  const tablesFolder = `${freshFolder()}/tables`;
  const checked = async (tables: string) => {
    const backend = freshBackend({ folder, tablesFolder: tables });
    const findings = await backend.check();
    await backend.close();
    return findings;
  };
  const about = `tables in ${tablesFolder}`;
  expect(await checked(tablesFolder)).toContainEqual(expect.objectContaining({ about, is: "wrong" }));
  await bed.fs.makeFolder(tablesFolder);
  expect(await checked(tablesFolder)).toContainEqual({ about, is: "right", said: "can be read" });
  expect(await checked(`${folder}/tables`)).toContainEqual(
    expect.objectContaining({
      about: "tables",
      is: "wrong",
      said: expect.stringContaining("lie in one another"),
    }),
  );
});
