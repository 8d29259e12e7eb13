import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { useBed } from "./bed/bed.ts";

/** What stays in the page after DevTools is closed: nothing. */
export function leaving(name: BrowserName): void {
  const bed = useBed(name);

  test("the agent cannot be seen while it works, and is gone after its lease, with worker, frame and connections", async () => {
    const scene = await bed.openScene([{ id: 1, text: "here" }]);
    const { driver } = scene.panel;
    await scene.panel.compare();
    const enumerable = () =>
      driver.page.evaluate(() => Object.keys(window).filter((key) => !(key in document)));
    const own = () => driver.page.evaluate(() => Object.getOwnPropertyNames(window).sort());
    const frames = () =>
      driver.page.evaluate(() => [window.length, document.querySelectorAll("iframe").length]);
    const bare = await bed.inspect((await bed.servePage()).url);
    await bed.closeDevTools(bare);
    const without = await bare.driver.page.evaluate(() => Object.getOwnPropertyNames(window).sort());
    const shownOf = (names: readonly string[]) => names.filter((key) => !without.includes(key));

    expect(shownOf(await enumerable())).toEqual([]);
    expect(shownOf(await own()).length).toBe(1);
    await bed.closeDevTools(scene.panel);
    await expect.poll(async () => shownOf(await own()), { timeout: 60_000, interval: 250 }).toEqual([]);
    expect(await frames()).toEqual([0, 0]);
    const deleted = await driver.page.evaluate(
      (database) =>
        new Promise<string>((resolve) => {
          const request = indexedDB.deleteDatabase(database);
          request.onsuccess = () => resolve("deleted");
          request.onblocked = () => resolve("blocked");
          request.onerror = () => resolve(String(request.error));
        }),
      scene.local.database,
    );
    expect(deleted).toBe("deleted");
  });
}
