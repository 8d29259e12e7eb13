/** A folder that is declared ours, in the panel: mapped, pushed to, and put back by undo. */
import { afterAll, expect, test } from "vitest";
import { useBed } from "../../e2e/shared/bed/bed.ts";
import { FoldersBed } from "./folders-bed.ts";
import { freshFolder, lakeIn } from "./fresh-folder.ts";

const folders = new FoldersBed();
afterAll(() => folders.dispose());

const connections = {
  lake: { ...lakeIn(freshFolder()), tablesFolder: folders.tablesFolder, tables: ["*"], ours: ["*"] },
};
const bed = useBed("chromium", { "driftscope.config.json": JSON.stringify({ connections }) });

const TEA = '{ "id":"p1", "name":"tea", "price":2.5, "shelf":"B7" }\n';
const RICE = '{"id":"p3","name":"rice","price":2.0}\n';

test("map, compare, push and pull: other rows and what is not mapped stay to the letter, and undo puts values back", async () => {
  const table = await folders.table({ "part-0.json": TEA, "part-1.json": RICE, _SUCCESS: "" });
  const files = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(await folders.visible(table)).map(([name, bytes]) => [name, String(bytes)]),
    );
  const tea = { id: "p1", name: "tea", price: 3 };
  const milk = { id: "p2", name: "milk", price: 1.5 };
  const { panel, local } = await bed.openPage([tea, milk]);
  await bed.pair(panel);
  await panel.openTab("Sync");
  await panel.mapTable(table);
  expect(await panel.driver.count('[data-testid="mapping-read-only"]')).toBe(0);
  expect(await panel.refusedInPreview("local")).toBe(0);
  expect(await panel.driver.axe()).toEqual([]);
  await panel.saveTableMapping();

  expect(await panel.compare()).toEqual({ different: 1, onlyHere: 1, onlyThere: 1 });
  await panel.decide("p1", "push");
  await panel.decide("p2", "push");
  await panel.decide("p3", "pull");
  await panel.preview();
  expect(await panel.apply()).toEqual({ applied: 3 });
  const pushed = await files();
  expect(pushed["part-0.json"]).toContain(TEA.replace("2.5", "3"));
  expect(pushed["part-1.json"]).toContain(RICE);
  expect(Object.values(pushed).join("")).toContain('{"id":"p2","name":"milk","price":1.5}\n');
  expect(await local.all()).toEqual([tea, milk, { id: "p3", name: "rice", price: 2 }]);

  await panel.previewUndo();
  expect(await panel.apply()).toEqual({ applied: 3 });
  expect(await local.all()).toEqual([tea, milk]);
  const undone = await files();
  expect(undone["part-0.json"]).toBe(TEA);
  expect(undone["part-1.json"]).toBe(RICE);
  expect(await panel.compare()).toEqual({ different: 1, onlyHere: 1, onlyThere: 1 });
});
