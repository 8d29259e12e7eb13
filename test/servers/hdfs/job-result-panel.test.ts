/** What a job made is compared and pulled in the panel, by the mapping that the config file has for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { useBed } from "../../e2e/shared/bed/bed.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { repositoryRoot } from "../../support/repository.ts";
import { freshFolder, lakeIn } from "./fresh-folder.ts";
import { namesIn, webHdfs } from "./hdfs-files.ts";

const root = freshFolder();

/** Writes rows that name a column otherwise than the page does. */
const PROGRAM = `
import { putFile } from "./put-file.mjs";
const rows = [{ id: "p1", cost: 2.5 }, { id: "p3", cost: 2 }];
const [server, output] = process.argv.slice(2);
await putFile(server, output, "part-0", rows.map((row) => JSON.stringify(row) + "\\n").join(""));
`;

const job = (key: string) => ({
  kind: "command",
  command: [process.execPath, "program.mjs", inject("hdfs"), "{output}"],
  output: {
    connection: "lake",
    collection: "prices",
    mapping: {
      key: [{ column: key, as: "text" }],
      fields: [
        { path: ["id"], column: key, as: "text" },
        { path: ["price"], column: "cost", as: "real" },
      ],
    },
  },
});
const CONFIG = {
  connections: {
    lake: { ...lakeIn(root), tables: ["*"] },
  },
  jobs: {
    prices: job("id"),
    mistaken: job("sku"),
  },
};

const bed = useBed("chromium", {
  "driftscope.config.json": JSON.stringify(CONFIG),
  "program.mjs": PROGRAM,
  "put-file.mjs": readFileSync(join(repositoryRoot, "test/servers/hdfs/put-file.mjs"), "utf8"),
});
const columnTyped = (css: string) => document.querySelector<HTMLInputElement>(css)?.value;
const LONG = { timeout: 60_000 };

async function run(panel: DriftscopePanel, name: string): Promise<string | null> {
  const { driver } = panel;
  await panel.openTab("Jobs");
  await driver.click(`[data-testid="job"][data-job="${name}"]`, LONG);
  await driver.click('[data-testid="run-job"]');
  await driver.waitFor('[data-testid="run"]:not([data-state="running"])', LONG);
  return driver.attribute('[data-testid="run"]', "data-state");
}

test("a job's result is compared with a store by the mapping of its output, pulled, and then equal", async () => {
  const { panel, local } = await bed.openPage([{ id: "p1", price: 3 }]);
  await bed.pair(panel);
  const text = (testId: string): Promise<string> => panel.driver.text(`[data-testid="${testId}"]`);

  // What the job makes is not what the config file says of it.
  expect(await run(panel, "mistaken")).toBe("failed");
  await expect
    .poll(() => text("run-problem"))
    .toContain('no column "sku", which its mapping in the config file names');
  const fs = webHdfs();
  expect(await namesIn(fs, `${root}/tables/prices/_runs`)).toEqual([]);
  fs.close();

  expect(await run(panel, "prices"), await text("run")).toBe("succeeded");
  await panel.driver.click('[data-testid="compare-result"]:not([aria-disabled])', LONG);
  await panel.driver.click('[data-testid="result-store"]');
  await panel.driver.waitFor('[data-testid="mapping-preview"]', LONG);
  await expect.poll(() => text("mapping-proposal")).toContain("the job prices");
  await expect
    .poll(() => panel.driver.evaluate(columnTyped, '[data-path="price"] [data-testid="column"]'))
    .toBe("cost");
  expect(await panel.refusedInPreview("remote")).toBe(0);
  expect(await panel.driver.axe()).toEqual([]);
  await panel.saveTableMapping();
  expect(await panel.compare()).toEqual({ different: 1, onlyThere: 1 });
  for (const key of ["p1", "p3"]) await panel.decide(key, "pull");
  await panel.preview();
  expect(await panel.apply()).toEqual({ applied: 2 });
  expect(await local.all()).toEqual([
    { id: "p1", price: 2.5 },
    { id: "p3", price: 2 },
  ]);
  expect(await panel.compare()).toEqual({ equal: 2 });

  // From the job it is one step to the compare now.
  await panel.openTab("Jobs");
  await panel.driver.click('[data-testid="compare-result"]');
  await expect.poll(() => text("result-store")).toContain("mapped to it");
  await panel.driver.click('[data-testid="result-store"]');
  await panel.driver.waitFor('[data-testid="compare-again"]', LONG);
});
