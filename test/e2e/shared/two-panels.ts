import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { PageStore } from "../../support/page/page-store.ts";
import { useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const BASE = [1, 2, 3, 4].map((id) => ({ id, text: `record ${id}` }));

/** Two tabs of one origin, each with DevTools: one base, one backend, and no write that the other undoes. */
export function twoPanels(name: BrowserName): void {
  const bed = useBed(name);

  test("a plan that the other panel overtook writes nothing, and both end in sync", async () => {
    const scene = await bed.openAgreed(BASE);
    const { panel: one, local } = scene;
    const two = await bed.inspect(scene.url);
    await two.openStore(local.database, local.store);
    await two.openTab("Sync");
    await two.driver.waitFor('[data-testid="compare"]');

    await local.put([{ id: 1, text: "changed" }]);
    await scene.remote.put(2, { id: 2, text: "changed there" });
    const drift = { equal: 2, changedHere: 1, changedThere: 1 };
    expect(await one.compare()).toEqual(drift);
    expect(await two.compare()).toEqual(drift);
    await one.preview();
    await two.preview();
    expect(await one.apply()).toEqual({ applied: 2 });
    const changed = [{ id: 1, text: "changed" }, { id: 2, text: "changed there" }, ...BASE.slice(2)];
    await expectSides(scene, changed);

    // The same plan, made before: the push meets another version, the pull finds what it would write.
    expect(await two.apply()).toEqual({ applied: 1, conflict: 1 });
    await expectSides(scene, changed);
    expect(await two.compare()).toEqual({ equal: 4 });

    // The base is one for both.
    const twoLocal = new PageStore(two.driver.page, local.database, local.store);
    await twoLocal.delete(3);
    expect(await one.compare()).toEqual({ equal: 3, removedHere: 1 });
    expect(await two.compare()).toEqual({ equal: 3, removedHere: 1 });
    await two.preview();
    expect(await two.apply()).toEqual({ applied: 1 });
    expect(await one.compare()).toEqual({ equal: 3 });
    await expectSides(
      scene,
      changed.filter(({ id }) => id !== 3),
    );
  });
}
