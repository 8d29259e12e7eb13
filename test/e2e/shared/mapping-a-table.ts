import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { PageRecord } from "../../support/page/page-store.ts";
import { SomebodysDatabase } from "../../support/sqlite/somebodys-database.ts";
import { useBed } from "./bed/bed.ts";

const FILES = {
  "driftscope.config.json": JSON.stringify({
    connections: { shop: { backend: "sqlite", file: "theirs.sqlite", tables: ["items"] } },
  }),
};

const ITEMS = `CREATE TABLE items (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL CHECK (price >= 0), Sold_At TEXT, shelf TEXT DEFAULT 'A1')`;

/** A real table of somebody's, mapped in the editor, and then used like any other remote. */
export function mappingATable(name: BrowserName): void {
  const bed = useBed(name, FILES);
  const databases: SomebodysDatabase[] = [];
  afterEach(() => {
    for (const database of databases.splice(0)) database.close();
  });

  async function openEditor(records: readonly PageRecord[], sql = "") {
    const database = new SomebodysDatabase(join(bed.bridge.folder, "theirs.sqlite"));
    databases.push(database);
    database.exec(
      `DROP TABLE IF EXISTS items; DROP TABLE IF EXISTS payroll; ${ITEMS}; CREATE TABLE payroll (x); ${sql}`,
    );
    const { panel, local } = await bed.openPage(records);
    await bed.pair(panel);
    await panel.openTab("Sync");
    await panel.mapTable("items");
    return { panel, local, database };
  }

  test("map, compare, push, pull, undo: both sides as they were and as they should be", async () => {
    const { panel, local, database } = await openEditor(
      [
        { id: 1, name: "tea", price: 3, tags: ["hot"] },
        { id: 2, name: "milk", price: 1.5 },
      ],
      "INSERT INTO items VALUES (1, 'tea', 2.5, NULL, 'B7'), (3, 'rice', 2, NULL, 'C9')",
    );
    await expect.poll(() => panel.driver.text('[data-testid="mapping-editor"]')).toContain("1 more");
    expect(await panel.refusedInPreview("local")).toBe(0);
    expect(await panel.driver.axe()).toEqual([]);
    await panel.saveTableMapping();
    await expect.poll(() => panel.driver.text('[data-testid="mapping-mode"]')).toBe("columns");
    expect(await panel.compare()).toEqual({ different: 1, onlyHere: 1, onlyThere: 1 });
    await panel.decide(1, "push");
    await panel.decide(2, "push");
    await panel.decide(3, "pull");
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 3 });
    const pushed = [
      [1n, "tea", 3, null, "B7"],
      [2n, "milk", 1.5, null, "A1"],
      [3n, "rice", 2, null, "C9"],
    ];
    expect(database.rows("SELECT * FROM items ORDER BY id")).toEqual(pushed);
    expect(await local.all()).toEqual([
      { id: 1, name: "tea", price: 3, tags: ["hot"] },
      { id: 2, name: "milk", price: 1.5 },
      { id: 3, name: "rice", price: 2 },
    ]);
    await panel.previewUndo();
    expect(await panel.apply()).toEqual({ applied: 3 });
    expect(database.rows("SELECT * FROM items ORDER BY id")).toEqual([
      [1n, "tea", 2.5, null, "B7"],
      [3n, "rice", 2, null, "C9"],
    ]);
    expect(await local.all()).toEqual([
      { id: 1, name: "tea", price: 3, tags: ["hot"] },
      { id: 2, name: "milk", price: 1.5 },
    ]);
  });

  test("a deletion that is undone brings back what the mapping leaves out, on both sides", async () => {
    const { panel, local, database } = await openEditor(
      [
        { id: 1, name: "tea", price: 3, tags: ["hot"] },
        { id: 2, name: "milk", price: 1, tags: ["cold"] },
      ],
      "INSERT INTO items VALUES (1, 'tea', 3, NULL, 'B7'), (2, 'milk', 1, NULL, 'D4')",
    );
    await panel.saveTableMapping();
    expect(await panel.compare()).toEqual({ equal: 2 });
    await local.delete(1);
    database.exec("DELETE FROM items WHERE id = 2");
    expect(await panel.compare()).toEqual({ removedHere: 1, removedThere: 1 });
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 2 });
    expect(database.rows("SELECT * FROM items")).toEqual([]);
    expect(await local.all()).toEqual([]);
    await panel.previewUndo();
    expect(await panel.apply()).toEqual({ applied: 2 });
    expect(database.rows("SELECT * FROM items")).toEqual([[1n, "tea", 3, null, "B7"]]);
    expect(await local.all()).toEqual([{ id: 2, name: "milk", price: 1, tags: ["cold"] }]);
  });

  test("what does not fit is shown with its reason, a constraint rejects by name, and the rest goes through", async () => {
    const { panel, local, database } = await openEditor([
      { id: 1, name: "tea", price: 3 },
      { id: 2, name: "debt", price: -1 },
      { id: 3, name: 7, price: 1 },
    ]);
    expect(await panel.refusedInPreview("local")).toBe(1);
    await expect
      .poll(() => panel.driver.text('[data-testid="preview-local"]'))
      .toContain("a number is no string");
    await panel.saveTableMapping();
    expect(await panel.compare()).toEqual({ onlyHere: 2, notRepresentable: 1 });
    await expect.poll(() => panel.rowText(3)).toContain("a number is no string");
    await panel.decide(1, "push");
    await panel.decide(2, "push");
    await panel.preview();
    expect(await panel.dryRun()).toEqual({ applied: 1, rejected: 1 });
    expect(database.rows("SELECT * FROM items")).toEqual([]);
    expect(await panel.apply()).toEqual({ applied: 1, rejected: 1 });
    await expect.poll(() => panel.driver.text('[data-testid="plan-done"]')).toMatch(/CHECK \(price >= 0\)/);
    await local.put([
      { id: 2, name: "debt", price: 1 },
      { id: 3, name: "seven", price: 1 },
    ]);
    await panel.backToList();
    expect(await panel.compare()).toEqual({ equal: 1, onlyHere: 2 });
    await panel.decideAllShown("Push");
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 2 });
    expect(await panel.compare()).toEqual({ equal: 3 });
  });

  test("a scope takes its value from the page once it was seen, and asks again when it changed", async () => {
    const { panel, local, database } = await openEditor(
      [{ id: 1, name: "tea", price: 3 }],
      "INSERT INTO items VALUES (1, 'tea', 3, NULL, 'mine'), (2, 'rice', 2, NULL, 'theirs')",
    );
    const { driver } = panel;
    await local.put([{ id: 9, name: "settings", price: 0, shelf: "mine" }]);
    await driver.click('[data-testid="add-condition"]');
    await panel.select('[data-testid="condition-column"]', "shelf");
    await driver.click('[data-testid="from-page"]');
    await driver.fill('[data-testid="value-key"]', "9");
    await driver.fill('[data-testid="value-path"]', "shelf");
    await driver.click('[data-testid="look"]');
    await driver.click('[data-testid="consent"]');
    await panel.refusedInPreview("remote");
    await panel.saveTableMapping();
    expect(await panel.compare()).toEqual({ equal: 1, onlyHere: 1 });
    await local.put([{ id: 9, name: "settings", price: 0, shelf: "theirs" }]);
    await driver.click('[data-testid="compare"]');
    await panel.waitForState("scope-changed");
    await expect.poll(() => driver.text('[data-testid="state"]')).toContain('"theirs"');
    await panel.startCompareBy(() => driver.click('[data-testid="consent"]'));
    expect(await panel.compared()).toEqual({ onlyHere: 1, onlyThere: 1, leftScope: 1 });
    expect(database.rows("SELECT count(*) FROM items")).toEqual([[2n]]);
  });

  test("a saved mapping is edited: other fields start anew, and the base of before is there again with them", async () => {
    const { panel, local, database } = await openEditor(
      [
        { id: 1, name: "tea", price: 3 },
        { id: 2, name: "milk", price: 1 },
      ],
      "INSERT INTO items VALUES (1, 'tea', 3, NULL, 'B7'), (2, 'milk', 1, NULL, 'A1')",
    );
    await panel.saveTableMapping();
    expect(await panel.compare()).toEqual({ equal: 2 });
    await local.put([{ id: 1, name: "tea", price: 4 }]);

    await panel.editTableMapping();
    expect(await panel.startsAnew()).toBe(false);
    expect(await panel.driver.axe()).toEqual([]);
    await panel.mapField("price", "");
    expect(await panel.startsAnew()).toBe(true);
    await panel.refusedInPreview("local");
    await panel.saveTableMapping();
    await panel.waitForState("not-compared");
    expect(await panel.compare()).toEqual({ equal: 2 });

    await panel.editTableMapping();
    await panel.mapField("price", "price");
    await panel.refusedInPreview("local");
    await panel.saveTableMapping();
    await panel.waitForState("not-compared");
    // Known from the first base: a new one could only say that they are different.
    expect(await panel.compare()).toEqual({ equal: 1, changedHere: 1 });

    database.exec("ALTER TABLE items RENAME COLUMN price TO cost");
    await panel.startEditingTableMapping();
    await expect.poll(() => panel.mappedTo("price")).toBe("price (gone)");
  });

  test("a scope of groups: all, any and none of their conditions, by keyboard, told as text", async () => {
    const { panel, database } = await openEditor(
      [
        { id: 1, name: "tea", price: 3 },
        { id: 2, name: "milk", price: 9 },
        { id: 3, name: "rice" },
      ],
      `INSERT INTO items VALUES (1, 'tea', 3, NULL, 'A1'), (2, 'milk', 9, NULL, 'A1'), (3, 'rice', NULL, NULL, 'A1'),
        (4, 'salt', 1, NULL, 'A1'), (5, 'wine', 2, NULL, 'B2')`,
    );
    await panel.addToScope("", "condition");
    // The focus is on what was added: choosing goes on without a pointer.
    await expect
      .poll(() => panel.driver.evaluate(() => document.activeElement?.getAttribute("data-testid")))
      .toBe("condition-column");
    await panel.setCondition("1", "shelf", "=", "A1");
    await panel.addToScope("", "group");
    await panel.setCondition("2.1", "price", "<", "5");
    await panel.addToScope("2", "condition");
    await panel.setCondition("2.2", "price", "isNull");
    await expect.poll(() => panel.scopeWords()).toContain('shelf = "A1" AND (price < 5 OR price is NULL)');
    await panel.addToScope("", "group");
    await panel.setGroupRule("3", "none");
    await panel.setCondition("3.1", "name", "=", "salt");
    await expect.poll(() => panel.scopeWords()).toContain('AND NOT (name = "salt")');
    expect(await panel.driver.axe()).toEqual([]);
    await panel.refusedInPreview("remote");
    await panel.saveTableMapping();
    // The second and the fourth are out of it on either side: neither pushed nor pulled.
    expect(await panel.compare()).toEqual({ equal: 2, notRepresentable: 1 });
    await panel.openDrift(2);
    await expect.poll(() => panel.detailText()).toContain("outside the mapping's scope");
    await panel.editTableMapping();
    expect(await panel.startsAnew()).toBe(false);
    await panel.setGroupRule("2", "all");
    expect(await panel.startsAnew()).toBe(true);
    expect(database.rows("SELECT count(*) FROM items")).toEqual([[5n]]);
  });
}
