/**
 * Somebody's table in PostgreSQL by the real Sqoop, in Chromium's DevTools: one walk through all of it, since each step is a
 * run of Java or several.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { useBed } from "../../e2e/shared/bed/bed.ts";
import { freshBackend, freshPrefix, sqoopSettings } from "./fresh-tables.ts";
import { OWNER, PASSWORD } from "./postgresql-server.ts";
import { runSql } from "./run-sql.ts";
import { countedSqoopCommand } from "./sqoop-command.ts";

const table = freshPrefix();
const prefix = freshPrefix();
const { connect } = sqoopSettings();
/** A line for each run of Sqoop. */
const runs = join(mkdtempSync(join(tmpdir(), "driftscope-runs-")), "runs");
afterAll(() => rmSync(dirname(runs), { recursive: true, force: true }));
const command = countedSqoopCommand(runs);
process.env.DRIFTSCOPE_TEST_PASSWORD = PASSWORD;
const credentials = { username: OWNER, password: { env: "DRIFTSCOPE_TEST_PASSWORD" } };
const connections = {
  shop: { backend: "sqoop", connect, command, credentials, prefix, tables: [table] },
};
const bed = useBed("chromium", { "driftscope.config.json": JSON.stringify({ connections }) });

const runCount = (): number => readFileSync(runs, "utf8").split("\n").length;

const rows = (): Promise<unknown[][]> => runSql(`SELECT id, name, price, shelf FROM ${table} ORDER BY id`);

test("map, compare, push, pull; a look says how old it is; what changed after it is a conflict; resolve, undo", async () => {
  await (await freshBackend({}, undefined, prefix)).close();
  await runSql(`CREATE TABLE ${table} (id text PRIMARY KEY, name text, price float8, shelf text)`);
  await runSql(`INSERT INTO ${table} VALUES ('p1', 'tea', 2.5, 'B7'), ('p3', 'rice', 2, 'C9')`);
  const tea = { id: "p1", name: "tea", price: 3, tags: ["hot"] };
  const milk = { id: "p2", name: "milk", price: 1.5 };
  const rice = { id: "p3", name: "rice", price: 2 };
  const { panel, local } = await bed.openPage([tea, milk]);
  const asOf = '[data-testid="remote-as-of"]';
  await bed.pair(panel);
  await panel.openTab("Sync");
  await panel.mapTable(table);
  expect(await panel.refusedInPreview("local")).toBe(0);
  expect(await panel.refusedInPreview("remote")).toBe(0);
  await expect
    .poll(() => panel.driver.text('[data-testid="mapping-reads"]'))
    .toMatch(/by an import of Sqoop, which took \d+\.\d s the last time/);
  await panel.saveTableMapping();

  expect(await panel.compare()).toEqual({ different: 1, onlyHere: 1, onlyThere: 1 });
  const compared = runCount();
  for (const [key, decision] of [
    ["p1", "push"],
    ["p2", "push"],
    ["p3", "pull"],
  ] as const) {
    await panel.decide(key, decision);
    await panel.driver.waitFor('[data-testid="drift-detail"] .fd');
  }
  // The one under the cursor, and all that are on screen: no other run for those that were opened.
  expect(runCount() - compared).toBeLessThanOrEqual(2);
  await panel.preview();
  await expect.poll(() => panel.warningText("caution")).toContain("Sqoop takes seconds for each run");
  expect(await panel.apply()).toEqual({ applied: 3 });
  const agreed = [
    ["p1", "tea", 3, "B7"],
    ["p2", "milk", 1.5, null],
    ["p3", "rice", 2, "C9"],
  ];
  expect(await rows()).toEqual(agreed);
  expect(await local.all()).toEqual([tea, milk, rice]);

  // What was read before the push does for nobody: this one is read anew, and kept.
  expect(await panel.compare()).toEqual({ equal: 3 });
  await expect.poll(() => panel.driver.count(asOf)).toBe(0);
  await runSql(`UPDATE ${table} SET price = 4 WHERE id = 'p3'`);
  expect(await panel.compare()).toEqual({ equal: 3 });
  await expect
    .poll(() => panel.stateText("in-sync"))
    .toMatch(/Equal on both sides, the remote as of \d\d:\d\d/);
  await expect
    .poll(() => panel.compareStatus())
    .toMatch(/the remote as of \d\d:\d\d, (?:just now|\d+ min ago)/);
  expect(await panel.driver.axe()).toEqual([]);
  await local.put([{ ...milk, price: 8 }]);
  expect(await panel.compare()).toEqual({ equal: 2, changedHere: 1 });
  await expect
    .poll(() => panel.stateText("remote-as-of"))
    .toMatch(/^The remote as of \d\d:\d\d, (?:just now|\d+ min ago)/);
  expect(await panel.driver.axe()).toEqual([]);

  await panel.decide("p2", "push");
  await panel.preview();
  await runSql(`UPDATE ${table} SET price = 9 WHERE id = 'p2'`);
  expect(await panel.apply()).toEqual({ conflict: 1 });
  expect(await rows()).toEqual([agreed[0], ["p2", "milk", 9, null], ["p3", "rice", 4, "C9"]]);
  await panel.backToList();
  await panel.startCompareBy(() => panel.driver.click('[data-testid="refresh-remote"]'));
  expect(await panel.compared()).toEqual({ equal: 1, changedThere: 1, conflict: 1 });
  await expect.poll(() => panel.driver.count(asOf)).toBe(0);

  await panel.decide("p2", "push");
  await panel.preview();
  expect(await panel.apply()).toEqual({ applied: 2 });
  expect(await rows()).toEqual([agreed[0], ["p2", "milk", 8, null], ["p3", "rice", 4, "C9"]]);
  expect(await local.all()).toEqual([tea, { ...milk, price: 8 }, { ...rice, price: 4 }]);
  await panel.previewUndo();
  expect(await panel.apply()).toEqual({ applied: 2 });
  expect(await rows()).toEqual([agreed[0], ["p2", "milk", 9, null], ["p3", "rice", 4, "C9"]]);
  expect(await local.all()).toEqual([tea, { ...milk, price: 8 }, rice]);
}, 600_000);
