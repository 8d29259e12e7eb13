import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { type Scene, useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const here = (id: number) => ({ id, text: `here ${id}` });
const there = (id: number) => ({ id, text: `there ${id}` });
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, text: `record ${i + 1}` }));

/** Comparing again after a few changes: what is looked at, what is not known, and what is told about both. */
export function incremental(name: BrowserName): void {
  const bed = useBed(name);

  /** Both sides agree, and the page is watched since before the compare that says so. */
  async function openWatched(count: number): Promise<Scene> {
    const scene = await bed.openAgreed(many(count));
    await scene.panel.watchWrites();
    await scene.panel.compare();
    await expect
      .poll(() => scene.panel.compareStatus())
      .toContain("full scan because writes are watched since later");
    return scene;
  }

  /** What the band, or the card, says besides the list. */
  const rechecked = (scene: Scene): Promise<string> =>
    scene.panel.driver.text('[data-testid="state"][data-state="rechecked"]');

  test("looks at the changed keys of both sides alone, and says so everywhere", async () => {
    const scene = await openWatched(30);
    const { panel, local, remote } = scene;
    expect(await panel.compare()).toEqual({});
    expect(await rechecked(scene)).toContain("Nothing is known to have changed");
    expect(await panel.driver.text("body")).not.toContain("Equal on both sides");

    await local.put([here(3), here(31)]);
    await local.delete(5);
    await remote.putAll([there(4)]);
    await panel.waitForWatchedKeys(3);
    expect(await panel.compare()).toEqual({
      equal: 27,
      addedHere: 1,
      changedHere: 1,
      removedHere: 1,
      changedThere: 1,
    });
    expect(await rechecked(scene)).toMatch(
      /4 changed keys rechecked\..*Writes by workers and other tabs not seen\..*Full scan just now\./s,
    );
    await expect.poll(() => panel.compareStatus()).toMatch(/4 changed keys only, full scan just now/);

    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 4 });
    const both = [here(3), here(31), there(4), ...many(30).filter(({ id }) => ![3, 4, 5].includes(id))];
    await expectSides(scene, both);
    // What we wrote ourselves surprises nobody.
    expect(await panel.compare()).toEqual({});
    await panel.waitForVerification({ surprises: 0 });
    await panel.compareAll();
    expect(await panel.counts()).toEqual({ equal: 30 });
    await expect.poll(() => panel.compareStatus()).toMatch(/full scan, 30 keys/);
  });

  test("does not see a worker's write; the range that is verified does, and it is told", async () => {
    const scene = await openWatched(20);
    const { panel, local } = scene;
    await local.put([here(1)]);
    await local.putByWorker([here(7)]);
    await panel.waitForWatchedKeys(1);
    await panel.compare();
    // The store is small: its one range has every record.
    await panel.waitForVerification({ surprises: 1 });
    expect(await rechecked(scene)).toContain(
      "A record changed that no one announced: full compare recommended.",
    );
    await expect.poll(() => panel.counts()).toEqual({ equal: 18, changedHere: 2 });
    await panel.compareAll();
    expect(await panel.counts()).toEqual({ equal: 18, changedHere: 2 });
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 2 });
    await expectSides(scene, [here(1), here(7), ...many(20).filter(({ id }) => id !== 1 && id !== 7)]);
  });

  test("after a reload, and after the store was cleared, all is compared, and why is told", async () => {
    const { panel, local } = await openWatched(20);
    await local.clear();
    await local.put(many(20));
    await panel.compare();
    expect(await panel.counts()).toEqual({ equal: 20 });
    await expect
      .poll(() => panel.compareStatus())
      .toContain("full scan because the store was cleared or upgraded");

    await panel.driver.page.reload();
    await panel.driver.waitFor('[data-testid="watch-writes"][data-state="off"]');
    await panel.lookAgain();
    await local.put([here(2)]);
    expect(await panel.compare()).toEqual({ equal: 19, changedHere: 1 });
    await expect.poll(() => panel.compareStatus()).toContain("full scan because the page was loaded again");
  });

  test("what a person decided stays decided where the record is as it was", async () => {
    const { panel, local } = await openWatched(10);
    await local.put([here(1), here(2)]);
    await panel.waitForWatchedKeys(2);
    await panel.compare();
    await panel.decide(1, "pull");
    await local.put([{ id: 2, text: "once more" }]);
    await panel.compare();
    await panel.waitForDecision(1, "pull");
    await panel.waitForDecision(2, "push");
  });

  test("the page has its own functions back when nobody watches any more, and when DevTools closes", async () => {
    const { panel } = await bed.openAgreed(many(3));
    const { page } = panel.driver;
    await page.evaluate(() => {
      Object.assign(window, { ownPut: IDBObjectStore.prototype.put });
    });
    const isOwn = (): Promise<boolean> =>
      page.evaluate(
        () =>
          (window as unknown as { ownPut: unknown }).ownPut === IDBObjectStore.prototype.put &&
          IDBObjectStore.prototype.put.name === "put",
      );
    await panel.watchWrites();
    expect(await isOwn()).toBe(false);
    await panel.stopWatching();
    expect(await isOwn()).toBe(true);
    await panel.watchWrites();
    await bed.closeDevTools(panel);
    // The lease ends by itself: nobody tells the page that DevTools is gone.
    await expect.poll(isOwn, { timeout: 60_000, interval: 500 }).toBe(true);
  });
}
