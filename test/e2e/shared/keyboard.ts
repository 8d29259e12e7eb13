import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const base = (id: number) => ({ id, text: `record ${id}` });
const BASE = [1, 2, 3, 4, 5].map(base);

/** A whole sync without a pointer, from the tree to the outcomes. */
export function keyboard(name: BrowserName): void {
  const bed = useBed(name);

  test("compares, walks the drift, decides, previews and applies by keys alone", async () => {
    const scene = await bed.openAgreed(BASE);
    const { panel, local, remote } = scene;
    const { driver } = panel;
    const focused = () => driver.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? "");
    const selected = (id: number) => panel.waitForSelection(id);
    await local.put([1, 2, 3, 4].map((id) => ({ id, text: `here ${id}` })));
    await remote.putAll([1, 2, 3].map((id) => ({ id, text: `there ${id}` })));

    await panel.startCompareBy(() => driver.press("F9"));
    expect(await panel.compared()).toEqual({ equal: 1, conflict: 3, changedHere: 1 });
    await panel.tabTo("drifts");
    await selected(1);
    await driver.press("1");
    await panel.waitForDecision(1, "push");
    await driver.press("j");
    await selected(2);
    await driver.press("3");
    await panel.waitForDecision(2, "pull");
    await driver.press("j");
    await selected(3);
    await driver.press("1");
    await panel.waitForDecision(3, "push");
    await driver.press("0");
    await panel.waitForDecision(3, "leave");
    await driver.press("j");
    await selected(4);
    await driver.press("0");
    await panel.waitForDecision(4, "leave");
    await driver.press("k");
    await driver.press("k");
    await selected(2);

    // Escape closes what is open, and the focus stays in the panel.
    await driver.press("?");
    await driver.waitFor({ role: "heading", name: "Keyboard shortcuts" });
    await driver.press("Escape");
    await driver.waitFor({ role: "heading", name: "Keyboard shortcuts" }, { state: "hidden" });
    expect(await driver.evaluate(() => document.hasFocus())).toBe(true);
    expect(await focused()).toBe("drifts");

    await driver.press("Control+Enter");
    expect(await panel.planCounts()).toEqual(
      expect.arrayContaining([
        { side: "remote", action: "replace", count: 1 },
        { side: "local", action: "replace", count: 1 },
      ]),
    );
    await panel.tabTo("apply");
    await driver.press("Enter");
    expect(await panel.outcomes()).toEqual({ applied: 2 });
    const rest = [{ id: 3, text: "here 3" }, { id: 4, text: "here 4" }, base(5)];
    const restThere = [{ id: 3, text: "there 3" }, base(4), base(5)];
    const settled = [
      { id: 1, text: "here 1" },
      { id: 2, text: "there 2" },
    ];
    await expectSides(scene, [...settled, ...rest], [...settled, ...restThere]);
  });

  test("Escape leaves the plan and the merge, and keys of the panel go on working", async () => {
    const { panel, local, remote } = await bed.openAgreed(BASE);
    const { driver } = panel;
    await local.put([{ id: 1, text: "here" }]);
    await remote.put(1, { id: 1, text: "there" });
    await panel.startCompareBy(() => driver.press("F9"));
    await panel.compared();
    await panel.tabTo("drifts");
    await driver.waitFor('[data-testid="choose-push"]');
    await driver.press("Enter");
    await driver.waitFor('[data-testid="three-way"]');
    await driver.press("Escape");
    await driver.waitFor('[data-testid="drifts"]:focus');
    await driver.press("1");
    await panel.waitForDecision(1, "push");
    await driver.press("Control+Enter");
    await driver.waitFor('[data-testid="plan"]');
    await driver.press("Escape");
    await driver.waitFor('[data-testid="drifts"]:focus');
    await driver.press("Control+f");
    expect(await driver.evaluate(() => document.activeElement?.hasAttribute("data-filter"))).toBe(true);
  });
}
