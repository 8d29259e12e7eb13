/** What a job made is compared and pulled in the panel, by the mapping that the config file has for it. */
import { expect, inject, test } from "vitest";
import { useBed } from "../../e2e/shared/bed/bed.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { freshFolder } from "./fresh-folder.ts";

const root = freshFolder();

/** Writes rows that name a column otherwise than the page does. */
const PROGRAM = `
const [server, output] = process.argv.slice(2);
const rows = [{ id: "p1", cost: 2.5 }, { id: "p3", cost: 2 }];
const file = new URL(output).pathname + "/part-0";
const answer = await fetch(server + "/webhdfs/v1" + file + "?op=CREATE&user.name=root", {
  method: "PUT",
  body: rows.map((row) => JSON.stringify(row) + "\\n").join(""),
});
if (!answer.ok) throw new Error(await answer.text());
`;

const column = (name: string, as: string) => ({ path: [name], column: name, as });
const price = { path: ["price"], column: "cost", as: "real" };
const job = (collection: string, fields: readonly object[]) => ({
  kind: "command",
  command: [process.execPath, "program.mjs", inject("hdfs"), "{output}"],
  output: { connection: "lake", collection, mapping: { key: [{ column: "id", as: "text" }], fields } },
});
const CONFIG = {
  connections: {
    lake: {
      backend: "hdfs",
      url: inject("hdfs"),
      folder: `${root}/own`,
      tablesFolder: `${root}/tables`,
      user: "root",
      tables: ["*"],
    },
  },
  jobs: {
    prices: job("prices", [column("id", "text"), price]),
    changed: job("changed", [column("id", "text"), column("price", "real")]),
  },
};

const bed = useBed("chromium", {
  "driftscope.config.json": JSON.stringify(CONFIG),
  "program.mjs": PROGRAM,
});
const LONG = { timeout: 60_000 };

async function runAndLookAtResult(panel: DriftscopePanel, name: string): Promise<void> {
  const { driver } = panel;
  await panel.openTab("Jobs");
  await driver.click(`[data-testid="job"][data-job="${name}"]`, LONG);
  const result = '[data-testid="compare-result"]';
  expect(await driver.attribute(result, "aria-disabled")).toBe("true");
  await driver.click('[data-testid="run-job"]');
  await driver.waitFor('[data-testid="run"][data-state="succeeded"]', LONG);
  await driver.click(`${result}:not([aria-disabled])`, LONG);
  await driver.click('[data-testid="result-store"]');
  await driver.waitFor('[data-testid="field-line"][data-path="price"]', LONG);
}

test("a job's result is compared with a store by the mapping of its output, pulled, and then equal", async () => {
  const { panel, local } = await bed.openPage([{ id: "p1", price: 3 }]);
  await bed.pair(panel);
  const text = (testId: string): Promise<string> => panel.driver.text(`[data-testid="${testId}"]`);

  // What the job makes is not what the config file says of it.
  await runAndLookAtResult(panel, "changed");
  await panel.driver.waitFor('[data-testid="mapping-problem"]:not(:empty)', LONG);
  expect(await text("mapping-problem")).toContain('no column "price"');
  const save = '[data-testid="save-table-mapping"]';
  expect(await panel.driver.attribute(save, "aria-disabled")).toBe("true");
  await panel.driver.click('[data-testid="cancel-mapping"]');

  await runAndLookAtResult(panel, "prices");
  expect(await text("mapping-proposal")).toContain("the job prices");
  expect(await panel.mappedTo("price")).toContain("cost");
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
  expect(await text("result-store")).toContain("mapped to it");
  await panel.driver.click('[data-testid="result-store"]');
  await panel.driver.waitFor('[data-testid="compare-again"]', LONG);
});
