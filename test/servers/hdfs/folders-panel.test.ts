/** Somebody's folder, mapped in the editor, compared and pulled from. It is read-only, which the panel says. */
import { expect, test } from "vitest";
import { useBed } from "../../e2e/shared/bed/bed.ts";
import { freshFolder, lakeIn } from "./fresh-folder.ts";
import { webHdfs } from "./hdfs-files.ts";

const root = freshFolder();
const connections = {
  lake: { ...lakeIn(root), tables: ["*"] },
};
const bed = useBed("chromium", { "driftscope.config.json": JSON.stringify({ connections }) });

test("map, compare, pull: it says that it is read-only, and nothing is left to do", async () => {
  const rows = [
    { id: "p1", name: "tea", price: 2.5, tags: ["hot"] },
    { id: "p3", name: "rice", price: 2 },
  ];
  const content = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const fs = webHdfs();
  await fs.create(`${root}/tables/products/part-00000.json`, { chunks: [content], bytes: content.length });
  await fs.create(`${root}/tables/products/_SUCCESS`, { chunks: [], bytes: 0 });
  fs.close();

  const { panel, local } = await bed.openPage([{ id: "p1", name: "tea", price: 3, tags: ["hot"] }]);
  await bed.pair(panel);
  await panel.openTab("Sync");
  await panel.mapTable("products");
  const text = (testId: string): Promise<string> => panel.driver.text(`[data-testid="${testId}"]`);
  await expect.poll(() => text("mapping-read-only")).toContain("cannot be changed record by record");
  await expect.poll(() => text("mapping-reads")).toContain("one file of NDJSON");
  await expect.poll(() => text("columns-of")).toContain("the first 2 rows");
  expect(await panel.refusedInPreview("remote")).toBe(0);
  expect(await panel.driver.axe()).toEqual([]);
  await panel.saveTableMapping();

  expect(await panel.compare()).toEqual({ different: 1, onlyThere: 1 });
  await expect.poll(() => panel.driver.text(".facts")).toContain("read-only");
  // A pull is allowed; what would be pushed has to be left out first.
  await panel.decide("p1", "push");
  await panel.preview();
  const apply = '[data-testid="apply"]';
  await expect.poll(() => panel.driver.attribute(apply, "aria-disabled")).toBe("true");
  await expect
    .poll(() => panel.driver.attribute(apply, "title"))
    .toContain("cannot be changed record by record");
  await panel.driver.press("Escape");
  await panel.decide("p1", "pull");
  await panel.decide("p3", "pull");
  await panel.preview();
  expect(await panel.apply()).toEqual({ applied: 2 });
  expect(await local.all()).toEqual(rows);
  expect(await panel.compare()).toEqual({ equal: 2 });
});
