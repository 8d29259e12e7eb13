import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { type BridgeFiles, useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const LONGER = "x".repeat(300);

const record = (id: number, text = `record ${id}`) => ({
  id,
  text,
  tags: ["a", null],
  nested: { id, long: LONGER },
});
const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => record(from + i));

/** Whole stores one way or the other, and taken back. @param files Of the bridge: with the backend that is meant. */
export function pushingAndPulling(name: BrowserName, files: BridgeFiles = {}): void {
  const bed = useBed(name, files);

  test("pushes a whole store", async () => {
    const all = records(1, 1500);
    const scene = await bed.openScene(all);
    const { panel } = scene;
    expect(await panel.compare()).toEqual({ onlyHere: 1500 });
    await panel.decideAllShown("Push");
    expect(await panel.preview()).toContainEqual({ side: "remote", action: "create", count: 1500 });
    expect(await panel.apply()).toEqual({ applied: 1500 });
    await expectSides(scene, all);
    expect(await panel.compare()).toEqual({ equal: 1500 });
  });

  test("pulls a whole collection", async () => {
    const all = records(1, 1500);
    const scene = await bed.openScene();
    const { panel } = scene;
    await scene.remote.putAll(all);
    expect(await panel.compare()).toEqual({ onlyThere: 1500 });
    await panel.decideAllShown("Pull");
    expect(await panel.preview()).toContainEqual({ side: "local", action: "create", count: 1500 });
    expect(await panel.apply()).toEqual({ applied: 1500 });
    await expectSides(scene, all);
    await panel.openTab("Data");
    await panel.driver.waitFor('[data-testid="row-count"][data-count="1500"]');
    await panel.openTab("Sync");
    expect(await panel.compare()).toEqual({ equal: 1500 });
  });

  test("undoes a push: what the backend had is there again, and so is the drift", async () => {
    const scene = await bed.openAgreed(records(1, 20));
    const { panel, local } = scene;
    await local.put([record(3, "changed here"), record(21)]);
    await local.delete(5);
    const drift = { equal: 18, addedHere: 1, changedHere: 1, removedHere: 1 };
    expect(await panel.compare()).toEqual(drift);
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 3 });
    const here = await local.all();
    await expectSides(scene, here);
    expect(await panel.previewUndo()).toEqual(
      expect.arrayContaining([
        { side: "remote", action: "create", count: 1 },
        { side: "remote", action: "replace", count: 1 },
        { side: "remote", action: "delete", count: 1 },
      ]),
    );
    expect(await panel.apply()).toEqual({ applied: 3 });
    await expectSides(scene, here, records(1, 20));
    expect(await panel.compare()).toEqual(drift);
  });

  test("undoes a pull: what the page had is there again, and so is the drift", async () => {
    const scene = await bed.openAgreed(records(1, 20));
    const { panel, remote } = scene;
    await remote.put(3, record(3, "changed there"));
    await remote.put(21, record(21));
    await remote.delete(5);
    const drift = { equal: 18, addedThere: 1, changedThere: 1, removedThere: 1 };
    expect(await panel.compare()).toEqual(drift);
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 3 });
    const there = [...records(1, 2), record(3, "changed there"), record(4), ...records(6, 21)];
    await expectSides(scene, there);
    await panel.previewUndo();
    expect(await panel.apply()).toEqual({ applied: 3 });
    await expectSides(scene, records(1, 20), there);
    expect(await panel.compare()).toEqual(drift);
  });

  test("what moves between preview and apply is not overwritten and comes back as drift", async () => {
    const scene = await bed.openAgreed(records(1, 10));
    const { panel, local, remote } = scene;
    await local.put([record(1, "pushed"), record(2, "seen here")]);
    await remote.put(3, record(3, "pulled"));
    await remote.put(4, record(4, "seen there"));
    expect(await panel.compare()).toEqual({ equal: 6, changedHere: 2, changedThere: 2 });
    await panel.preview();
    await remote.put(2, record(2, "meanwhile there"));
    await local.put([record(4, "meanwhile here")]);
    expect(await panel.apply()).toEqual({ applied: 2, conflict: 2 });
    const rest = records(5, 10);
    const here = [
      record(1, "pushed"),
      record(2, "seen here"),
      record(3, "pulled"),
      record(4, "meanwhile here"),
    ];
    const there = [
      record(1, "pushed"),
      record(2, "meanwhile there"),
      record(3, "pulled"),
      record(4, "seen there"),
    ];
    await expectSides(scene, [...here, ...rest], [...there, ...rest]);
    await panel.driver.click({ role: "button", name: "Drift: back to the list" });
    await panel.waitForDecision(2, "decide");
    await panel.waitForDecision(4, "decide");
    expect(await panel.compare()).toEqual({ equal: 8, conflict: 2 });
  });
}
