import { describe, expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { type Scene, useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const base = (id: number) => ({ id, text: `record ${id}` });
const here = (id: number) => ({ id, text: `here ${id}` });
const there = (id: number) => ({ id, text: `there ${id}` });
const many = (count: number, text = "record") =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, text: `${text} ${i + 1}` }));

/** What a compare finds, exactly, whatever happens to the page and to the compare meanwhile. */
export function comparing(name: BrowserName): void {
  const bed = useBed(name);

  test("tells every kind without a base", async () => {
    const { panel, remote } = await bed.openScene([base(1), base(2), here(3), here(4)]);
    await remote.putAll([base(1), base(2), there(3), there(5), there(6)]);
    expect(await panel.compare()).toEqual({ equal: 2, different: 1, onlyHere: 1, onlyThere: 2 });
  });

  test("tells every kind with a base, and the default plan does what it should", async () => {
    const scene = await bed.openAgreed(many(30));
    const { panel, local, remote } = scene;
    await local.put([here(31), here(32), here(1), here(2), here(3)]);
    await local.delete(4, 5);
    await remote.putAll([there(33), there(6), there(7), there(8), there(9)]);
    for (const id of [10, 11, 12]) await remote.delete(id);
    // The same on both sides: changed, added, deleted.
    await local.put([base(40), here(13)]);
    await remote.putAll([base(40), here(13)]);
    await local.delete(14);
    await remote.delete(14);
    // Both, differently: changed, changed and deleted both ways, added.
    await local.put([here(15), here(16), here(50)]);
    await remote.putAll([there(15), there(17), there(50)]);
    await remote.delete(16);
    await local.delete(17);
    expect(await panel.compare()).toEqual({
      equal: 13,
      addedHere: 2,
      changedHere: 3,
      removedHere: 2,
      addedThere: 1,
      changedThere: 4,
      removedThere: 3,
      converged: 3,
      conflict: 4,
    });
    expect(await panel.preview()).toEqual([
      { side: "remote", action: "create", count: 2 },
      { side: "local", action: "create", count: 1 },
      { side: "remote", action: "replace", count: 3 },
      { side: "local", action: "replace", count: 4 },
      { side: "remote", action: "delete", count: 2 },
      { side: "local", action: "delete", count: 3 },
    ]);
    expect(await panel.apply()).toEqual({ applied: 18 });
    const same = [
      ...[1, 2, 3, 13, 31, 32].map(here),
      ...[6, 7, 8, 9, 33].map(there),
      ...[18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 40].map(base),
    ];
    await expectSides(
      scene,
      [...same, here(15), here(16), here(50)],
      [...same, there(15), there(17), there(50)],
    );
    expect(await panel.compare()).toEqual({ equal: 25, conflict: 4 });
  });

  test("under a policy that forbids workers and evaluation", async () => {
    const scene = await bed.openAgreed(many(50), { strict: true });
    await scene.local.put([here(7)]);
    expect(await scene.panel.compare()).toEqual({ equal: 49, changedHere: 1 });
    await scene.panel.preview();
    expect(await scene.panel.apply()).toEqual({ applied: 1 });
    await expectSides(scene, [...many(50).filter(({ id }) => id !== 7), here(7)]);
  });

  test("a cancelled compare says how far it came, and goes on from there", async () => {
    const { panel, local, remote } = await bed.openScene(many(30));
    await remote.putAll(many(20));
    const release = await local.hold();
    await panel.startCompare();
    await panel.cancelCompare();
    await panel.driver.waitFor('[data-testid="state"][data-state="partial"]');
    await release();
    await panel.driver.click({ role: "button", name: "Continue" });
    expect(await panel.compared()).toEqual({ equal: 20, onlyHere: 10 });
  });

  describe("a panel that is closed while it compares", () => {
    /** More keys than are compared at a time, so that a part is done before the end. */
    const COUNT = 14_000;
    /** Milliseconds that the page keeps its store at a time. */
    const SLOW = 2000;
    /** On the page's own thread a scan reads little at a time, so it needs many turns. */
    const IN_SMALL_BATCHES = { strict: true };

    /** The scene as another tab and panel find it. */
    async function reopened(scene: Scene): Promise<DriftscopePanel> {
      const panel = await bed.inspect(scene.url);
      await panel.openStore(scene.local.database, scene.local.store);
      await panel.openTab("Sync");
      return panel;
    }

    test("offers to go on where it stood, and says what it did not look at again", async () => {
      const scene = await bed.openAgreed(many(COUNT), IN_SMALL_BATCHES);
      const { panel, local, remote } = scene;
      await local.put([here(1), here(COUNT - 1)]);
      const hold = await local.hold(SLOW);
      await panel.startCompare();
      await panel.waitForPartOfCompare();
      await bed.closeDevTools(panel);
      await hold();
      // The remote tells of this one; nobody tells of what the page writes in the part that was compared.
      await remote.put(2, there(2));
      const later = await reopened(scene);
      await expect.poll(() => later.stateText("stopped")).toContain("1 difference up to there");
      expect(await later.goOnComparing()).toEqual({
        equal: COUNT - 3,
        changedHere: 2,
        changedThere: 1,
      });
      await expect.poll(() => later.stateText("earlier-part")).toContain("were compared");
      await expect.poll(() => later.compareStatus()).toContain("full scan in parts, begun at");
      expect(await later.compare()).toEqual({ equal: COUNT - 3, changedHere: 2, changedThere: 1 });
      await expect.poll(() => later.driver.count('[data-state="earlier-part"]')).toBe(0);
    });
  });

  test("a navigation during a compare ends it with a reason; back on the page it can be repeated", async () => {
    const { panel, local, remote, url } = await bed.openScene(many(30));
    await remote.putAll(many(20));
    const other = await bed.servePage();
    await local.hold();
    await panel.startCompare();
    await panel.driver.page.navigate(other.url);
    await panel.driver.waitFor('[data-testid="compare-status"]:not([data-state="running"])');
    await panel.waitForState("no-database");
    await panel.driver.page.navigate(url);
    await panel.driver.waitFor('[data-testid="compare"]');
    expect(await panel.compare()).toEqual({ equal: 20, onlyHere: 10 });
  });

  test("after a reload the list says so, and applying it is as safe as before", async () => {
    const scene = await bed.openAgreed(many(10));
    const { panel, local } = scene;
    await local.put([here(1)]);
    expect(await panel.compare()).toEqual({ equal: 9, changedHere: 1 });
    await panel.driver.page.reload();
    await panel.waitForState("stale");
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 1 });
    await expectSides(scene, [here(1), ...many(10).slice(1)]);
    expect(await panel.compare()).toEqual({ equal: 10 });
  });
}
