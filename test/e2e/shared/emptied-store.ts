import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const ALL = Array.from({ length: 150 }, (_, i) => ({ id: i + 1, text: `record ${i + 1}` }));

/** A store that lost much at once: a question, never a plan full of deletes. */
export function emptiedStore(name: BrowserName): void {
  const bed = useBed(name);

  test("an emptied page is asked about, and can be filled again", async () => {
    const scene = await bed.openAgreed(ALL);
    const { panel, local } = scene;
    await local.delete(...ALL.map(({ id }) => id));
    expect(await panel.compare()).toEqual({ removedHere: 150 });
    await panel.waitForState("emptied");
    await panel.waitForDecision(1, "decide");
    await panel.driver.click({ role: "button", name: "Pull them back…" });
    expect(await panel.planCounts()).toContainEqual({ side: "local", action: "create", count: 150 });
    expect(await panel.apply()).toEqual({ applied: 150 });
    await expectSides(scene, ALL);
    expect(await panel.compare()).toEqual({ equal: 150 });
  });

  test("deleting there, too, wants the name of the place that would lose the rows", async () => {
    const scene = await bed.openAgreed(ALL);
    const { panel, local, remote, names } = scene;
    await local.create([{ id: 0, text: "new" }]);
    expect(await panel.compare()).toEqual({ removedHere: 150, addedHere: 1 });
    await panel.driver.click({ role: "button", name: `Delete in ${names.remote} too…` });
    expect(await panel.planCounts()).toContainEqual({ side: "remote", action: "delete", count: 150 });
    await expect.poll(() => panel.driver.attribute('[data-testid="apply"]', "aria-disabled")).toBe("true");
    await panel.driver.fill('[data-testid="confirm-name"]', names.local);
    await expect.poll(() => panel.driver.attribute('[data-testid="apply"]', "aria-disabled")).toBe("true");
    expect(await remote.all()).toEqual(ALL);
    expect(await panel.apply({ remote: names.remote })).toEqual({ applied: 151 });
    await expectSides(scene, [{ id: 0, text: "new" }]);
    await panel.previewUndo();
    expect(await panel.apply()).toEqual({ applied: 151 });
    await expectSides(scene, [{ id: 0, text: "new" }], ALL);
  });
}
