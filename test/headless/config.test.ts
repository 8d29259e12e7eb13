import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;

beforeEach(async () => {
  bed = await HeadlessBed.open();
});
afterEach(() => bed.close());

const put = (fields: string): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (let id = 1; id <= 3; id++) transaction.objectStore("orders").put({ id, ${fields} });
  await done(transaction);`;

const records = `return await done(db.transaction("orders").objectStore("orders").getAll());`;

test("a function of the config file decides conflicts, here and behind a bridge that runs", async () => {
  bed.configure("unattended", { policies: { sum: { module: "sum.mjs" } } });
  writeFileSync(
    join(bed.folder, "sum.mjs"),
    `export default ({ key, base, local, remote }) =>
      key === 3 ? { take: "remote" } : ({ ...local, n: local.n + remote.n - base.n });`,
  );
  const [one, two] = ["one", "two"].map((name) => [...bed.usual(name), "--store", "orders", "--no-app"]) as [
    string[],
    string[],
  ];
  await bed.inApplication(put("n: 10"), "one");
  await bed.json("push", ...one);
  await bed.json("pull", ...two);
  await bed.inApplication(put("n: 11"), "one");
  await bed.inApplication(put("n: 15"), "two");
  await bed.json("push", ...one);
  const resolved = await bed.json("resolve", ...two, "--policy", "custom:sum");
  expect(resolved).toMatchObject({ exitCode: 0, stores: [{ left: 0 }] });
  expect(resolved.stores[0]?.drifts.map(({ reason }) => reason)).toEqual([
    "sum: a value of its own",
    "sum: a value of its own",
    "sum: there",
  ]);
  expect(await bed.inApplication(records, "two")).toEqual([
    { id: 1, n: 16 },
    { id: 2, n: 16 },
    { id: 3, n: 11 },
  ]);
  const bridge = await bed.bridge();
  await bed.inApplication(put("n: 20"), "one");
  const behind = await bed.json("resolve", ...one, "--policy", "custom:sum");
  await bridge.close();
  expect(behind.stores[0]?.drifts.map(({ reason }) => reason)).toContain("sum: a value of its own");
  expect((await bed.run("diff", ...one, "--policy", "custom:other")).stderr).toContain('no policy "other"');
});

test("an existing table, mapped column by column, is pulled into a page and pushed back", async () => {
  const file = new Database(join(bed.folder, "lab.sqlite"));
  file.exec("CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, cents INTEGER)");
  file.exec("INSERT INTO goods VALUES (1, 'tea', 250), (2, 'cup', NULL)");
  file.close();
  await bed.inApplication("");
  const field = (name: string, as: string) => ({ path: [name], column: name, as, whenNull: "absent" });
  const columns = {
    table: "goods",
    key: [{ column: "id", as: "integer" }],
    fields: [field("id", "integer"), field("name", "text"), field("cents", "integer")],
  };
  writeFileSync(join(bed.folder, "goods.json"), JSON.stringify({ columns }));
  const goods = [...bed.usual(), "--store", "orders", "--no-app", "--mapping", "goods.json"];
  expect((await bed.run("diff", ...bed.usual(), "--table", "goods")).stderr).toContain("--mapping");

  expect(await bed.json("diff", ...goods, "--table", "goods")).toMatchObject({
    stores: [{ counts: { onlyThere: 2 } }],
  });
  expect(await bed.json("pull", ...goods, "--dry-run")).toMatchObject({
    stores: [{ plan: { local: { create: 2 } } }],
  });
  expect(await bed.json("pull", ...goods)).toMatchObject({ exitCode: 0, stores: [{ collection: "goods" }] });
  expect(await bed.inApplication(records)).toEqual([
    { id: 1, name: "tea", cents: 250 },
    { id: 2, name: "cup" },
  ]);
  // What the table holds now, in a bundle.
  const made = await bed.run(
    "bundle",
    "make",
    "--connection",
    "lab",
    "--mapping",
    "goods.json",
    "--out",
    "a.bundle",
  );
  expect(made).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/goods, of http:.*: 2 records\n/),
  });
  const there = goods.flatMap((part) =>
    part === "--connection" ? ["--bundle"] : part === "lab" ? ["a.bundle"] : [part],
  );
  expect(await bed.json("diff", ...there)).toMatchObject({ exitCode: 0, stores: [{ counts: { equal: 2 } }] });
  await bed.inApplication(`
    const transaction = db.transaction("orders", "readwrite");
    transaction.objectStore("orders").put({ id: 2, name: "mug", cents: 700 });
    transaction.objectStore("orders").put({ id: 3, name: null });
    await done(transaction);`);
  expect((await bed.json("push", ...goods)).exitCode).toBeGreaterThan(0);
  const after = new Database(join(bed.folder, "lab.sqlite"));
  const rows = after.prepare("SELECT * FROM goods ORDER BY id").raw(true).all();
  after.close();
  expect(rows).toEqual([
    [1, "tea", 250],
    [2, "mug", 700],
  ]);
}, 300_000);
