import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { PageStore } from "../../support/page/page-store.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

const ALL = Array.from({ length: 60 }, (_, i) => ({ id: i + 1, text: `record ${i + 1}` }));
const RESTART_MS = 180_000;

/** What is remembered of a mapping: through a restart, out as a file and in again, and gone when told so. */
export function base(name: BrowserName): void {
  const bed = useBed(name, {}, { keepsProfile: true });

  test("survives a restart of the browser: which side changed is still known, and the history can be undone", {
    timeout: RESTART_MS,
  }, async () => {
    const scene = await bed.openPushed(ALL);
    const { url, local } = scene;
    await bed.restartBrowser();

    const panel = await bed.inspect(url);
    const again = new PageStore(panel.driver.page, local.database, "notes");
    await panel.lookAgain();
    await panel.openStore(local.database, "notes");
    await bed.pair(panel);
    await again.put([{ id: 1, text: "changed here" }]);
    await scene.remote.put(2, { id: 2, text: "changed there" });
    await panel.openTab("Sync");
    expect(await panel.compare()).toEqual({ equal: 58, changedHere: 1, changedThere: 1 });
    await panel.openTab("Activity");
    await expect.poll(() => panel.driver.text('[data-testid="history-row"]')).toContain("DevTools panel");
    await panel.driver.click('[data-testid="undo"]');
    expect(await panel.planCounts()).toContainEqual({ side: "remote", action: "delete", count: 60 });
  });

  test("is exported as a file, discarded, and imported again", async () => {
    const { panel, local, names } = await bed.openPushed(ALL);
    const { driver } = panel;
    const item = `[data-testid="base-item"][data-collection="${names.remote}"]`;
    await local.put([{ id: 3, text: "changed here" }]);
    expect(await panel.compare()).toEqual({ equal: 59, changedHere: 1 });

    await openSettings(panel);
    await driver.waitFor(`${item}[data-entries="60"]`);
    expect(await driver.axe()).toEqual([]);
    const file = await exportedFile(panel, `${item} [data-testid="export-base"]`);
    const lines = file
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ driftscope: "base", identity: { local: { database: local.database } } });
    expect(lines).toHaveLength(62);
    expect(lines[1]).toMatchObject({ state: "present", body: expect.stringContaining("record 1") });
    expect(lines.at(-1)).toEqual({ end: true, entries: 60, damaged: 0 });

    await driver.click(`${item} [data-testid="discard-base"]`);
    await driver.fill('[data-testid="confirm-base"]', "note");
    await expect
      .poll(() => driver.attribute('[data-testid="confirm-base-go"]', "aria-disabled"))
      .toBe("true");
    await driver.fill('[data-testid="confirm-base"]', "notes");
    await driver.click('[data-testid="confirm-base-go"]');
    await driver.waitFor('[data-testid="settings-done"]', { text: "discarded" });
    await closeSettings(panel);
    expect(await panel.compare()).toEqual({ equal: 59, different: 1 });

    await openSettings(panel);
    await importFile(panel, file.replace('"end":true', '"end":false'));
    await driver.waitFor('[data-testid="settings-error"]', { text: "Nothing was changed" });
    await importFile(panel, file);
    await driver.waitFor('[data-testid="settings-done"]', { text: "60 keys" });
    await closeSettings(panel);
    expect(await panel.compare()).toEqual({ equal: 59, changedHere: 1 });
  });

  test("that does not decode is told with the next step, which leads back to comparing", async () => {
    const { panel, local, names } = await bed.openPushed(ALL);
    const { driver } = panel;
    const item = `[data-testid="base-item"][data-collection="${names.remote}"]`;
    await local.put([{ id: 3, text: "changed here" }]);
    expect(await panel.compare()).toEqual({ equal: 59, changedHere: 1 });
    await damageBases(panel);
    await panel.startCompare();
    await driver.waitFor('[role="alert"]', { text: "is damaged" });
    await expect
      .poll(() => driver.text('[role="alert"]'))
      .toContain("In Settings, export what can be read of it");

    await openSettings(panel);
    await driver.click(`${item} [data-testid="discard-base"]`);
    await driver.fill('[data-testid="confirm-base"]', "notes");
    await driver.click('[data-testid="confirm-base-go"]');
    await driver.waitFor('[data-testid="settings-done"]', { text: "discarded" });
    await closeSettings(panel);
    // What is equal is a base again; what is not has none, and nobody guesses whose change it is.
    expect(await panel.compare()).toEqual({ equal: 59, different: 1 });
  });
}

/** As if the disk had lost the end of what was stored. */
async function damageBases({ driver }: DriftscopePanel): Promise<void> {
  await driver.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("driftscope"));
    const leaves = database.transaction("leaves", "readwrite").objectStore("leaves");
    for (const row of await done(leaves.getAll())) {
      await done(leaves.put({ ...row, entries: row.entries.slice(0, -1) }));
    }
    database.close();
  });
}

async function openSettings({ driver }: DriftscopePanel): Promise<void> {
  await driver.click('[data-testid="settings"]');
  await driver.waitFor('[data-testid="storage-used"]');
}

async function closeSettings({ driver }: DriftscopePanel): Promise<void> {
  await driver.press("Escape");
  await driver.waitFor('[data-testid="settings-dialog"]', { state: "hidden" });
}

/** What the export would save: the browser's own dialog of downloads is out of a test's reach. */
async function exportedFile({ driver }: DriftscopePanel, button: string): Promise<string> {
  return driver.evaluate(async (css) => {
    const blob = await new Promise<Blob>((resolve) => {
      const create = URL.createObjectURL;
      URL.createObjectURL = (object) => {
        URL.createObjectURL = create;
        resolve(object as Blob);
        return create(object);
      };
      document.querySelector<HTMLElement>(css)?.click();
    });
    return blob.text();
  }, button);
}

async function importFile({ driver }: DriftscopePanel, text: string): Promise<void> {
  await driver.evaluate((content) => {
    const input = document.querySelector<HTMLInputElement>('[data-testid="import-file"]');
    const chosen = new DataTransfer();
    chosen.items.add(new File([content], "base.ndjson"));
    if (input === null) throw new Error("no field for a file");
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, text);
}
